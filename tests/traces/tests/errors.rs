//! What a span says of the error that its operation ended with.
#![allow(missing_docs)]

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use arc_obs::export::{Span, SpanStatus};
use arc_obs::{record_retry, traced, track_agent, track_llm, track_tool};
use arc_obs_trace_tests::{one, tracing};
use futures::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};

/// An error of a provider's client.
#[derive(Debug)]
struct ApiError {
    says: String,
    cause: Option<Box<ApiError>>,
}

thread_local! {
    /// How often an error was shown that has a cause.
    static SHOWN: Cell<u32> = const { Cell::new(0) };
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.cause.is_some() {
            SHOWN.set(SHOWN.get() + 1);
        }
        assert!(!self.says.is_empty(), "a `Display` that panics");
        f.write_str(&self.says)
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}

fn api_error(says: &str) -> ApiError {
    ApiError { says: says.to_owned(), cause: None }
}

/// Shows nothing, and is no `Error`.
struct Silent;

#[traced("typed")]
fn typed(says: &str) -> Result<(), ApiError> {
    Err(api_error(says))
}

#[traced("caused")]
fn caused() -> Result<(), ApiError> {
    Err(ApiError { says: "the model did not answer".into(), cause: Some(api_error("HTTP status 429").into()) })
}

#[traced("boxed")]
fn boxed() -> Result<(), Box<dyn Error + Send + Sync>> {
    Err(api_error("prompt is too long").into())
}

#[traced("local")]
fn local() -> Result<(), Box<dyn Error>> {
    Err(api_error("content_filter").into())
}

#[traced("text")]
fn text() -> Result<(), String> {
    Err("401 Unauthorized".into())
}

#[traced("silent")]
fn silent() -> Result<(), Silent> {
    Err(Silent)
}

#[traced("panics")]
fn panics() {
    panic!("no");
}

#[traced("late")]
fn late() -> Result<(), io::Error> {
    Err(io::Error::new(io::ErrorKind::TimedOut, "the model took too long"))
}

#[traced("dropped")]
async fn dropped() {
    std::future::pending::<()>().await;
}

fn said(span: &Span) -> (Option<&str>, Option<&str>) {
    let text = |name: &str| span.attribute(name).and_then(|value| value.as_str());
    (text("error.type"), text("error.message"))
}

#[tokio::test]
async fn what_can_be_had_of_an_error_is_said() {
    let tracing = tracing();
    let _ = (typed("odd"), caused(), boxed(), local(), text(), silent(), late());
    let _ = std::panic::catch_unwind(panics);
    let _ = tokio::time::timeout(Duration::ZERO, dropped()).await;
    let spans = tracing.end();
    for (name, error_type, message) in [
        ("typed", "errors::ApiError", Some("odd")),
        ("caused", "rate_limited", Some("the model did not answer")),
        ("boxed", "context_length_exceeded", Some("prompt is too long")),
        ("local", "content_filter", Some("content_filter")),
        ("text", "auth", Some("401 Unauthorized")),
        ("silent", "errors::Silent", None),
        ("late", "timeout", Some("the model took too long")),
        ("panics", "_OTHER", None),
        ("dropped", "cancelled", None),
    ] {
        let span = one(&spans, name);
        assert_eq!(said(span), (Some(error_type), message), "{name}");
        assert_eq!(span.status, SpanStatus::Error(message.unwrap_or(error_type).to_owned()), "{name}");
    }
}

#[test]
fn a_message_is_bounded_and_one_that_panics_is_none() {
    let tracing = tracing();
    let _ = typed(&"é".repeat(100_000));
    let _ = typed("");
    let spans = tracing.end();
    let (_, message) = said(&spans[0]);
    let message = message.unwrap();
    assert!(message.len() <= 4096 && message.ends_with("é…"), "{}", message.len());
    assert_eq!(said(&spans[1]), (Some("errors::ApiError"), None));
    assert_eq!(spans[1].attribute("status").and_then(|status| status.as_str()), Some("error"));
}

#[track_tool("nested_tool")]
fn nested_tool() -> Result<(), ApiError> {
    Err(api_error("of the tool"))
}

#[track_agent("nested_agent", on_error(failed = |_| nested_tool().is_err()))]
fn nested_agent(fails: bool) -> Result<(), ApiError> {
    let _ = nested_tool();
    if fails { Err(api_error("of the agent")) } else { Ok(()) }
}

#[test]
fn each_operation_says_its_own_error() {
    let tracing = tracing();
    let _ = nested_agent(true);
    let _ = nested_agent(false);
    let spans = tracing.end();
    let agents: Vec<_> = spans.iter().filter(|span| span.name == "invoke_agent nested_agent").collect();
    assert_eq!(said(agents[0]), (Some("errors::ApiError"), Some("of the agent")));
    assert_eq!(said(agents[1]), (None, None));
    let tools = spans.iter().filter(|span| span.name == "execute_tool nested_tool");
    assert_eq!(tools.map(|tool| said(tool).1).collect::<Vec<_>>(), [Some("of the tool"); 3]);
}

type Chunk = Result<Value, ApiError>;

#[track_llm(model = "gpt-4o", stream)]
async fn breaks_off() -> Result<impl Stream<Item = Chunk>, ApiError> {
    let chunk = json!({ "id": "chatcmpl-7", "choices": [{ "delta": { "content": "tea" } }] });
    Ok(stream::iter([Ok(chunk), Err(api_error("the server is overloaded"))]))
}

#[track_llm(model = "gpt-4o-mini", stream)]
async fn never_begins(fails: bool) -> Result<impl Stream<Item = Chunk>, ApiError> {
    if fails {
        return Err(api_error("error code: 503"));
    }
    Ok(stream::iter([]))
}

#[tokio::test]
async fn a_stream_says_what_it_broke_off_with() {
    let tracing = tracing();
    let _: Vec<_> = breaks_off().await.unwrap().collect().await;
    assert!(never_begins(true).await.is_err());
    let _ = Box::pin(breaks_off().await.unwrap()).next().await;
    let mut spans = tracing.end();
    let dropped = spans.pop().unwrap();
    assert_eq!((&*dropped.name, said(&dropped)), ("chat gpt-4o", (Some("cancelled"), None)));
    assert_eq!(dropped.attribute("gen_ai.response.finish_reasons"), None);
    let call = one(&spans, "chat gpt-4o");
    assert_eq!(said(call), (Some("overloaded"), Some("the server is overloaded")));
    assert_eq!(*call.attribute("gen_ai.response.id").unwrap(), "chatcmpl-7");
    assert_eq!(*call.attribute("gen_ai.response.finish_reasons").unwrap(), ["error"]);
    assert_eq!(*call.attribute("gen_ai.request.stream").unwrap(), true);
    assert!(call.attribute("gen_ai.response.time_to_first_chunk").is_some());
    let call = one(&spans, "chat gpt-4o-mini");
    assert_eq!(said(call), (Some("overloaded"), Some("error code: 503")));
    assert_eq!(call.attribute("gen_ai.response.finish_reasons"), None);
}

#[track_llm(model = "gpt-4o")]
fn tries_again() -> Result<Value, ApiError> {
    record_retry(&api_error("HTTP status 529"));
    let _ = nested_tool();
    record_retry("odd");
    Ok(json!({ "usage": { "prompt_tokens": 1, "completion_tokens": 1 } }))
}

#[test]
fn a_try_that_failed_is_an_event_of_the_one_call() {
    record_retry("outside of everything");
    let tracing = tracing();
    record_retry("outside of an operation");
    tries_again().unwrap();
    let spans = tracing.end();
    let call = one(&spans, "chat gpt-4o");
    assert_eq!((said(call), &call.status), ((None, None), &SpanStatus::Unset));
    let events: Vec<_> = call.events.iter().map(|event| format!("{} {:?}", event.name, event.attributes)).collect();
    assert_eq!(
        events,
        [
            r#"retry [("attempt", U64(1)), ("error.type", Text("overloaded")), ("error.message", Text("HTTP status 529"))]"#,
            r#"retry [("attempt", U64(2)), ("error.type", Text("str")), ("error.message", Text("odd"))]"#,
        ]
    );
}

#[traced("unrecorded")]
fn unrecorded() -> Result<(), ApiError> {
    Err(ApiError { says: "the top".into(), cause: Some(api_error("the cause").into()) })
}

#[test]
fn nobody_asks_an_error_whose_span_is_not_recorded() {
    let tracing = tracing();
    let before = SHOWN.get();
    let _ = unrecorded();
    assert_eq!(SHOWN.get(), before + 1);
    tracing::subscriber::with_default(tracing::subscriber::NoSubscriber::default(), unrecorded).unwrap_err();
    assert_eq!(SHOWN.get(), before + 1);
    assert_eq!(said(one(&tracing.end(), "unrecorded")).1, Some("the top"));
}

#[test]
fn what_else_is_called_a_retry_is_no_try() {
    #[traced("tries")]
    fn tries() {
        tracing::info!("retry");
        record_retry("odd");
        record_retry("odd");
    }
    let tracing = tracing();
    tries();
    let spans = tracing.end();
    let attempts: Vec<_> = one(&spans, "tries")
        .events
        .iter()
        .filter_map(|event| event.attributes.iter().find(|(name, _)| name == "attempt"))
        .map(|(_, attempt)| attempt.to_string())
        .collect();
    assert_eq!(attempts, ["1", "2"]);
}
