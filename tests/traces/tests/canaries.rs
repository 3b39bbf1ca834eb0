//! Nothing secret leaves by an exporter, wherever the program has put it.
#![allow(missing_docs)]

use std::fmt;
use std::sync::{Arc, Mutex};

use arc_obs::export::{Exporting, Span, SpanExporter};
use arc_obs::{Redaction, Resource, SecretKind, traced, track_agent, track_llm, track_tool};
use arc_obs_trace_tests::canaries::{Canary, canaries};
use arc_obs_trace_tests::{one, tracing_with};
use serde_json::{Value, json};

/// An exporter that writes down all that it is given.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<String>>);

impl SpanExporter for Written {
    fn name(&self) -> &'static str {
        "written"
    }

    fn export<'a>(&'a mut self, batch: Arc<[Span]>, resource: &'a Resource) -> Exporting<'a> {
        let mut written = self.0.lock().unwrap();
        written.extend(batch.iter().map(|span| format!("{span:#?}\n")));
        written.push_str(&format!("{resource:?}\n"));
        Box::pin(async { Ok(()) })
    }
}

#[derive(Debug)]
struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}

#[track_tool("canary", fields(text, shown = ?text, told = %text, later = _))]
fn tool(text: &str) {
    arc_obs::set_field!(later = text);
}

#[track_agent(
    "cage",
    fields(answer = _, failure = _),
    on_success(answer = |answer| answer.as_str()),
    on_error(failure = |error| error.to_string())
)]
fn agent(text: &str, fails: bool) -> Result<String, Refused> {
    if fails { Err(Refused(text.to_owned())) } else { Ok(text.to_owned()) }
}

#[track_llm(model = "gpt-4o", usage = none, capture)]
async fn llm(system: &str, request: &Value) -> Result<Value, Refused> {
    if request["fails"] == true {
        return Err(Refused(system.to_owned()));
    }
    Ok(json!({ "choices": [
        { "message": { "content": system, "tool_calls": [{ "function": { "name": system, "arguments": json!({ "x": system }).to_string() } }] } },
    ] }))
}

#[traced(fields(user.name = name))]
fn operation(name: &str) {
    panic!("{name}");
}

/// Puts one in every place that there is.
fn put(canary: &Canary) {
    let text = canary.text.as_str();
    tool(text);
    let _ = agent(text, true);
    let _ = agent(text, false);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for fails in [true, false] {
        let request =
            json!({ "fails": fails, "messages": [{ "role": text, "content": [{ "text": text }, { "type": text }] }] });
        let _ = runtime.block_on(llm(text, &request));
    }
    let _ = std::panic::catch_unwind(|| operation(text));
    // Names that are known at run time.
    runtime.block_on(arc_obs::agent(text).run(async {}));
    runtime.block_on(arc_obs::tool(text).run(async {}));
    // The program's own spans and events.
    let span = tracing::info_span!("own", value = text, debug = ?text, display = %text, otel.name = text, later = tracing::field::Empty);
    let _entered = span.enter();
    span.record("later", text);
    tracing::info!("{text}");
    tracing::warn!(error = %text, debug = ?Some(text), "failed");
    tracing::error!(error = &Refused(text.to_owned()) as &dyn std::error::Error, "failed");
    let _failed = tracing::info_span!("failed", otel.status_code = "error", otel.status_description = text).entered();
}

#[test]
fn no_secret_leaves() {
    let canaries = canaries();
    assert_eq!(canaries.len(), 200);
    std::panic::set_hook(Box::new(|_| {}));
    let written = Written::default();
    for some in canaries.chunks(10) {
        let exporter = written.clone();
        let said: String = some.iter().map(|canary| canary.text.as_str()).collect::<Vec<_>>().join(" ");
        // What is said of the process leaves, too.
        let tracing = tracing_with(|builder| builder.span_exporter(exporter).service_version(said));
        some.iter().for_each(put);
        let spans = tracing.end();
        assert_eq!(spans.len(), some.len() * 10, "each was exported");
        // What is taken out of JSON leaves JSON.
        let told = spans.iter().flat_map(|span| &span.attributes).filter(|(name, _)| name.ends_with(".messages"));
        let told: Vec<_> = told.map(|(_, value)| value.as_str().unwrap()).collect();
        assert_eq!(told.len(), some.len() * 3);
        for text in told {
            assert!(serde_json::from_str::<Value>(text).is_ok(), "{text}");
        }
    }
    let _ = std::panic::take_hook();
    let written = written.0.lock().unwrap();
    assert!(written.len() > 1_000_000, "{}", written.len());
    let out: Vec<_> = canaries.iter().filter(|canary| written.contains(&canary.secret)).collect();
    assert!(out.is_empty(), "{} of {} came out: {out:#?}", out.len(), canaries.len());
}

#[traced(fields(text, n))]
fn said(text: &str, n: u64) {}

#[test]
fn the_rest_of_a_text_stays_as_it_was() {
    let tracing = tracing_with(|builder| builder);
    said("ask bob@example.com for the price of tea, in 2026", 4_111_111_111_111_111);
    let spans = tracing.end();
    let span = one(&spans, "said");
    assert_eq!(*span.attribute("text").unwrap(), "ask [REDACTED:email] for the price of tea, in 2026");
    assert_eq!(*span.attribute("n").unwrap(), "[REDACTED:card]");
}

#[test]
fn the_builder_says_what_else_and_what_not() {
    let redaction = Redaction::new()
        .keep(SecretKind::Email)
        .pattern(r"EMP-\d+")
        .unwrap()
        .attribute("n")
        .with(|text| text.contains("salary").then(|| "(private)".to_owned()));
    let tracing = tracing_with(|builder| builder.redact(redaction));
    said("EMP-12 is bob@example.com", 3);
    said("the salary of EMP-12", 3);
    let spans = tracing.end();
    assert_eq!(*spans[0].attribute("text").unwrap(), "[REDACTED] is bob@example.com");
    assert_eq!(*spans[0].attribute("n").unwrap(), "[REDACTED]");
    assert_eq!(*spans[1].attribute("text").unwrap(), "(private)");
}

#[test]
fn what_is_too_long_is_cut_at_a_character() {
    let tracing = tracing_with(|builder| builder);
    let long = "é".repeat(5 << 20);
    {
        let span = tracing::info_span!("long", text = long.as_str());
        let _entered = span.enter();
        tracing::info!(more = long.as_str(), "{long}");
    }
    let spans = tracing.end();
    let span = one(&spans, "long");
    let event = &span.events[0];
    for text in
        [span.attribute("text").unwrap().as_str().unwrap(), &event.name, event.attributes[0].1.as_str().unwrap()]
    {
        assert_eq!(text.chars().count(), 65_536);
        assert!(text.ends_with("é…"));
    }
}
