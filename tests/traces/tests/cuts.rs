//! Texts that are too long are cut, and no secret is cut in two: half of one is still a secret.
#![allow(missing_docs)]

use std::fmt;
use std::process::Command;

use arc_obs::export::Span;
use arc_obs::{Redaction, track_llm, track_tool};
use arc_obs_trace_tests::canaries::{Canary, canaries};
use arc_obs_trace_tests::{one, tracing, tracing_with};
use opentelemetry::trace::{Span as _, Status, Tracer};
use opentelemetry::{KeyValue, global};

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

/// As much as it is let, and no more than a gibibyte.
struct Endless;

impl fmt::Debug for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..1 << 20).try_for_each(|_| f.write_str(&"endless ".repeat(128)))
    }
}

const PROGRAM: &str = "ARC_OBS_TESTS_PROGRAM";

/// The program; a test that does nothing unless it is started by the one below.
#[test]
fn child() {
    if std::env::var_os(PROGRAM).is_none() {
        return;
    }
    const MOST: usize = 1 << 20;
    let long =
        format!("{} sk-proj-{} {}", "word ".repeat(209_710), "4Zk1aB3dE7gH1jK9mN5".repeat(4), "word ".repeat(1 << 20));
    let tracing = tracing();
    let span = tracing::info_span!("own", text = long.as_str(), debug = ?Endless, display = %long, later = tracing::field::Empty);
    span.record("later", long.as_str());
    span.in_scope(|| tracing::info!(more = long.as_str(), "{long}"));
    drop(span);
    drop(tracing::info_span!("named", otel.name = long.as_str(), otel.status_description = long.as_str()));
    let mut span = global::tracer("other").build(global::tracer("other").span_builder(long.clone()));
    span.set_attribute(KeyValue::new("text", long.clone()));
    span.set_attribute(KeyValue::new(long.clone(), 1));
    span.add_event(long.clone(), vec![KeyValue::new("text", long.clone())]);
    span.set_status(Status::error(long.clone()));
    span.end();
    let spans = tracing.end();
    let mut texts = Vec::new();
    for span in &spans {
        texts.push(span.name.to_string());
        texts.push(format!("{:?}", span.status));
        texts.extend(span.events.iter().map(|event| event.name.to_string()));
        let of_events = span.events.iter().flat_map(|event| &event.attributes);
        texts.extend(
            span.attributes.iter().chain(of_events).flat_map(|(name, value)| [name.to_string(), value.to_string()]),
        );
    }
    let long: Vec<_> = texts.iter().filter(|text| text.len() > 1_000).collect();
    assert_eq!(long.len(), 14);
    for text in long {
        assert!((MOST - 100..MOST + 20).contains(&text.len()), "{}", text.len());
        assert!(!text.contains("sk-proj") && text.contains('…'), "{}", &text[text.len() - 40..]);
    }
    println!("@ended");
}

/// Whoever wants all of a text has a mebibyte of it, and the process no more.
#[test]
fn what_waits_to_leave_is_bounded_whatever_the_limit() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture", "--test-threads=1"])
        .env(PROGRAM, "yes")
        .env("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100000000")
        .output()
        .unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && out.contains("@ended"), "{out}\n{err}");
}
