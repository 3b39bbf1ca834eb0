//! Fields of the user's own on the spans of functions, whoever else hears of them.
#![allow(missing_docs)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use arc_obs::export::{FieldValue, Span, SpanKind};
use arc_obs::testing::capture;
use arc_obs::{set_field, track_tool};
use arc_obs_trace_tests::{one, tracing};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;

#[track_tool("search", fields(query, limit = limit + 1, shown = %query, found = _, otel.kind = "client"))]
fn search(query: &str, limit: u8) {
    tracing::info!("searching");
    set_field!(found = 2);
    set_field!(limit = 9);
}

fn field(span: &Span, name: &str) -> Option<FieldValue> {
    let mut found = span.attributes.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone());
    let value = found.next();
    assert!(found.next().is_none(), "`{name}` is there twice: {span:?}");
    value
}

fn text(text: &str) -> FieldValue {
    FieldValue::Text(text.to_owned())
}

fn assert_has_all(spans: &[Span]) {
    let tool = one(spans, "execute_tool search");
    assert_eq!(field(tool, "query"), Some(text("tea")));
    assert_eq!(field(tool, "shown"), Some(text("tea")));
    assert_eq!(field(tool, "limit"), Some(9.into()));
    assert_eq!(field(tool, "found"), Some(2.into()));
    assert_eq!(field(tool, "status"), Some(text("success")));
    assert_eq!(tool.events[0].name, "searching");
}

#[test]
fn where_nobody_else_hears_of_them() {
    let tracing = tracing();
    search("tea", 2);
    assert_has_all(&tracing.end());
}

#[test]
fn where_the_program_has_a_subscriber_of_its_own() {
    let log = Log::default();
    let writer = log.clone();
    let logs = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
    // Its inner layers are the very ones of the subscriber that `init` would set.
    let subscriber = tracing_subscriber::registry().with(LevelFilter::INFO).with(arc_obs::layer()).with(logs);
    tracing::subscriber::with_default(subscriber, || {
        let tracing = tracing();
        search("tea", 2);
        assert_has_all(&tracing.end());
    });
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("query=\"tea\" limit=3 shown=tea"), "{log}");
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn where_a_test_captures_them_too() {
    let tracing = tracing();
    let capture = capture();
    search("tea", 2);
    assert_has_all(&tracing.end());
    assert_eq!(*capture.operations()[0].field("query").unwrap(), "tea");
    assert_eq!(*capture.operations()[0].field("limit").unwrap(), 9);
}

#[test]
fn spans_of_the_users_own_say_their_name_kind_and_status() {
    let tracing = tracing();
    let span =
        tracing::info_span!("draft", otel.name = "GET /tea", otel.kind = "client", n = 1, otel.status_code = "OK");
    span.record("n", 2);
    drop(span);
    let spans = tracing.end();
    let span = one(&spans, "GET /tea");
    assert_eq!((span.kind, &span.status), (SpanKind::Client, &arc_obs::export::SpanStatus::Ok));
    assert_eq!(field(span, "n"), Some(2.into()));
    assert_eq!(span.attributes.len(), 1);
}
