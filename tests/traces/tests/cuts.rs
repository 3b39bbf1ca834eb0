//! Texts that are too long are cut, and no secret is cut in two: half of one is still a secret.
#![allow(missing_docs)]

use arc_obs::export::Span;
use arc_obs::{Redaction, track_llm, track_tool};
use arc_obs_trace_tests::canaries::{Canary, canaries};
use arc_obs_trace_tests::{one, tracing, tracing_with};

#[track_tool("cut", fields(text, shown = %text))]
fn tool(text: &str) -> Result<(), String> {
    Err(text.to_owned())
}

#[track_llm(model = "gpt-4o", usage = none, capture)]
fn ask(prompt: &str) -> String {
    prompt.to_owned()
}

/// The canary in words, so that the last `beyond` bytes of its secret are behind the byte at `cut`.
fn across(canary: &Canary, cut: usize, beyond: usize) -> String {
    let end = canary.text.find(&canary.secret).map_or(canary.text.len(), |at| at + canary.secret.len());
    let before = (cut + beyond).checked_sub(end).expect("a short one");
    let words: String = "a few words, ".chars().cycle().take(before - 1).collect();
    format!("{words} {} and so on. {}", canary.text, "more of them. ".repeat(4_000))
}

/// So much of a secret that nobody would guess it.
fn is_in(secret: &str, text: &str) -> bool {
    secret.as_bytes().windows(6).any(|part| text.as_bytes().windows(6).any(|shown| shown == part))
}

/// All that leaves of a span.
fn shown(span: &Span) -> String {
    let values = span.attributes.iter().map(|(_, value)| value.to_string());
    let events = span.events.iter().map(|event| event.name.to_string());
    values.chain(events).chain([format!("{:?}", span.status)]).collect::<Vec<_>>().join("\n")
}

fn check(what: &str, cut: usize, put: impl Fn(&str)) {
    let canaries = canaries();
    // Each kind once.
    let canaries: Vec<_> = canaries.iter().step_by(9).collect();
    let tracing = tracing();
    for (index, canary) in canaries.iter().enumerate() {
        let beyond = [1, 5, canary.secret.len() / 2][index % 3].max(1);
        put(&across(canary, cut, beyond));
    }
    let spans = tracing.end();
    assert_eq!(spans.len(), canaries.len());
    let came_out = |(span, canary): (&Span, &&Canary)| {
        let left = shown(span);
        assert!(left.contains("a few words"), "{left}");
        is_in(&canary.secret, &left).then(|| canary.text.clone())
    };
    let out: Vec<_> = spans.iter().zip(canaries).filter_map(|(span, canary)| came_out((span, &canary))).collect();
    assert!(out.is_empty(), "{what}: {} came out in part: {out:#?}", out.len());
}

#[test]
fn fields_and_errors_end_before_a_secret() {
    check("a field, an error", 4_093, |text| _ = tool(text));
}

#[test]
fn texts_of_the_programs_own_end_before_a_secret() {
    check("a span, an event", 65_535, |text| {
        let _entered = tracing::info_span!("own", text).entered();
        tracing::info!("{text}");
    });
}

#[test]
fn prompts_and_answers_end_before_a_secret() {
    // Of what is 57 344 characters at most, a text has the half.
    check("content", 28_671, |text| _ = ask(text));
}

#[test]
fn what_is_ones_own_to_redact_is_not_cut_in_two_either() {
    let long = "open sesame ".repeat(600);
    let redaction = Redaction::new()
        .text("correct horse battery staple")
        .text(long.as_str())
        .pattern(r"(?i)project \w+")
        .unwrap()
        .with(|text| text.contains("Bluebook-7").then(|| text.replace("Bluebook-7", "(private)")));
    let tracing = tracing_with(|builder| builder.redact(redaction));
    let filled = |length: usize, text: &str| format!("{}{text}{}", "w ".repeat(length / 2), " w".repeat(70_000));
    // Each is cut in its middle.
    for text in ["correct horse battery staple", "Project Elderberry", " Bluebook-7"] {
        let _ = tool(&filled(4_086, text));
        tracing::info_span!("own", text = filled(65_528, text)).in_scope(|| ());
    }
    tracing::info_span!("own", text = filled(65_000, &long)).in_scope(|| ());
    let spans = tracing.end();
    for span in &spans {
        let text = span.attribute("text").unwrap().as_str().unwrap();
        let end = &text[text.len() - 40..];
        assert!(text.len() > 4_000, "{end}");
        for part in ["correct", "horse", "Project", "Elder", "Blue", "open ses"] {
            assert!(!end.contains(part), "{end}");
        }
    }
    assert_eq!(spans.len(), 7);
}

/// A token of so many parts that nobody sees its end.
#[test]
fn a_very_long_token_is_one() {
    let token = format!("eyJhbGciOiJIUzI1NiJ9.eyJ{}.c2lnbmF0dXJl", "dGVh".repeat(5_000));
    for cut in [4_000, 65_000] {
        let text = format!("{}{token}{}", "w ".repeat(cut / 2), " w".repeat(70_000));
        let tracing = tracing();
        let _ = tool(&text);
        tracing::info_span!("own", text).in_scope(|| ());
        let spans = tracing.end();
        for name in ["own", "execute_tool cut"] {
            let text = one(&spans, name).attribute("text").unwrap().as_str().unwrap();
            assert!(!text.contains("eyJ") && !text.contains("dGVh"), "{name}: {}", &text[text.len() - 100..]);
        }
    }
}
