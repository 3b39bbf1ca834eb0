//! Prompts and answers: only where it is said, and in the shape of the conventions.
#![allow(missing_docs)]

use std::pin::Pin;

use arc_obs::export::{FieldValue, Span};
use arc_obs::{ContentCapture, track_llm};
use arc_obs_trace_tests::{one, tracing_with};
use futures::{Stream, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Serialize)]
struct Request {
    model: &'static str,
    messages: Vec<Value>,
    temperature: f64,
}

struct Client;

#[track_llm(model = "gpt-4o", capture)]
async fn chat(_client: &Client, request: Request, mut retries: u32) -> Result<Value, std::io::Error> {
    drop(request);
    retries += 1;
    tokio::task::yield_now().await;
    Ok(json!({
        "choices": [
            { "message": { "role": "assistant", "content": "Tea." }, "finish_reason": "stop" },
            { "message": { "role": "assistant", "content": null, "tool_calls": [
                { "id": "call_1", "type": "function", "function": { "name": "search", "arguments": "{\"q\":\"tea\"}" } },
            ] }, "finish_reason": "tool_calls" },
        ],
        "usage": { "prompt_tokens": 9, "completion_tokens": retries },
    }))
}

#[track_llm(model = "gpt-4o", usage = none, capture)]
fn complete(system: &str, prompt: String) -> Option<String> {
    (!system.is_empty()).then(|| prompt.to_uppercase())
}

#[track_llm(model = "gpt-4o", usage = none, capture = format!("about {topic}"))]
async fn about(topic: &str, user_id: &str) -> String {
    format!("{user_id} asked for {topic}")
}

#[track_llm(model = "gpt-4o", usage = none, capture, fields(user.id = id))]
fn made<'a>(prompt: &'a str, id: u32) -> impl Future<Output = String> + 'a {
    async move { format!("{prompt} for {id}") }
}

#[track_llm(model = "gpt-4o", usage = none, capture)]
fn boxed(prompt: String) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send>> {
    Box::pin(async move { Ok(prompt) })
}

#[track_llm(model = "gpt-4o", usage = none, capture, stream)]
fn streamed(prompt: &str) -> impl Stream<Item = String> + use<> {
    futures::stream::iter([prompt.to_owned(), "tea".to_owned()])
}

impl Client {
    #[track_llm(model = "gpt-4o", usage = none, capture)]
    fn generic<T: Into<String>>(&self, (_, _): (u8, u8), prompt: impl AsRef<str>, other: T) -> String {
        prompt.as_ref().to_owned() + &other.into()
    }
}

#[track_llm(model = "gpt-4o", usage = none)]
fn unsaid(prompt: &str) -> String {
    prompt.to_uppercase()
}

fn request() -> Request {
    Request {
        model: "gpt-4o",
        temperature: 0.5,
        messages: vec![
            json!({ "role": "system", "content": "Be short." }),
            json!({ "role": "user", "content": [{ "type": "text", "text": "What is in it?" }, { "type": "image_url", "image_url": { "url": "https://example.com/a.png" } }] }),
            json!({ "role": "tool", "tool_call_id": "call_0", "content": "found" }),
        ],
    }
}

fn json(value: Option<&FieldValue>) -> Value {
    serde_json::from_str(value.unwrap().as_str().unwrap()).unwrap()
}

fn spans_of(content: Option<ContentCapture>, run: impl FnOnce()) -> Vec<Span> {
    let tracing = tracing_with(|builder| match content {
        Some(content) => builder.capture_content(content),
        None => builder,
    });
    run();
    tracing.end()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn a_chat_is_told_in_the_shape_of_the_conventions() {
    let spans = spans_of(None, || drop(block_on(chat(&Client, request(), 3)).unwrap()));
    let span = one(&spans, "chat gpt-4o");
    assert_eq!(
        json(span.attribute("gen_ai.input.messages")),
        json!([
            { "role": "system", "parts": [{ "type": "text", "content": "Be short." }] },
            { "role": "user", "parts": [
                { "type": "text", "content": "What is in it?" },
                { "type": "uri", "modality": "image", "uri": "https://example.com/a.png" },
            ] },
            { "role": "tool", "parts": [{ "type": "tool_call_response", "id": "call_0", "response": "found" }] },
        ])
    );
    assert_eq!(
        json(span.attribute("gen_ai.output.messages")),
        json!([
            { "role": "assistant", "parts": [{ "type": "text", "content": "Tea." }], "finish_reason": "stop" },
            { "role": "assistant", "parts": [
                { "type": "tool_call", "id": "call_1", "name": "search", "arguments": { "q": "tea" } },
            ], "finish_reason": "tool_call" },
        ])
    );
    assert_eq!(span.attribute("gen_ai.system_instructions"), None);
}

#[test]
fn texts_are_told_by_what_their_arguments_are_called() {
    let spans = spans_of(None, || drop(complete("Be loud.", "tea".to_owned())));
    let span = one(&spans, "chat gpt-4o");
    let text = |content: &str| json!({ "type": "text", "content": content });
    assert_eq!(json(span.attribute("gen_ai.system_instructions")), json!([text("Be loud.")]));
    assert_eq!(json(span.attribute("gen_ai.input.messages")), json!([{ "role": "user", "parts": [text("tea")] }]));
    assert_eq!(
        json(span.attribute("gen_ai.output.messages")),
        json!([{ "role": "assistant", "parts": [text("TEA")], "finish_reason": "unknown" }])
    );
}

#[test]
fn functions_of_any_shape_are_captured() {
    let asked = |run: &dyn Fn(), answer: Option<&str>| {
        let spans = spans_of(None, run);
        let span = one(&spans, "chat gpt-4o");
        assert_eq!(json(span.attribute("gen_ai.input.messages"))[0]["parts"][0]["content"], "tea");
        let told = span.attribute("gen_ai.output.messages").map(|told| json(Some(told)));
        assert_eq!(told.as_ref().and_then(|told| told[0]["parts"][0]["content"].as_str()), answer);
    };
    asked(&|| drop(block_on(made("tea", 3))), Some("tea for 3"));
    asked(&|| drop(block_on(boxed("tea".to_owned()))), Some("tea"));
    asked(&|| drop(Client.generic((1, 2), "tea", "!")), Some("tea!"));
    // The answer of a stream is not told.
    asked(&|| drop(block_on(streamed("tea").collect::<Vec<_>>())), None);
}

#[test]
fn an_expression_says_what_is_asked() {
    let spans = spans_of(None, || drop(block_on(about("tea", "u1"))));
    let span = one(&spans, "chat gpt-4o");
    let input = json(span.attribute("gen_ai.input.messages"));
    assert_eq!(input, json!([{ "role": "user", "parts": [{ "type": "text", "content": "about tea" }] }]));
}

#[test]
fn nothing_is_told_where_nobody_says_so_or_somebody_forbids_it() {
    for content in [None, Some(ContentCapture::Span), Some(ContentCapture::SpanAndEvent)] {
        let spans = spans_of(content, || drop(unsaid("a secret of mine")));
        assert!(!format!("{spans:?}").contains("secret of mine"), "{content:?}");
    }
    let spans = spans_of(Some(ContentCapture::Off), || drop(complete("Be loud.", "tea".to_owned())));
    let shown = format!("{spans:?}");
    assert!(!shown.contains("Be loud") && !shown.contains("messages"), "{shown}");
}

#[test]
fn an_event_has_it_where_that_is_wanted() {
    for (content, on_span) in [(ContentCapture::Event, false), (ContentCapture::SpanAndEvent, true)] {
        let spans = spans_of(Some(content), || drop(complete("Be loud.", "tea".to_owned())));
        let span = one(&spans, "chat gpt-4o");
        assert_eq!(span.attribute("gen_ai.input.messages").is_some(), on_span);
        let names: Vec<_> = span.events.iter().map(|event| event.name.as_ref()).collect();
        assert_eq!(names, ["gen_ai.client.inference.operation.details"; 2]);
        let told: Vec<_> =
            span.events.iter().flat_map(|event| &event.attributes).map(|(name, _)| name.as_ref()).collect();
        assert_eq!(told, ["gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages"]);
    }
}

#[test]
fn what_is_secret_in_it_does_not_leave() {
    let spans = spans_of(None, || drop(complete("system", "my key is sk-proj-aB3dE7gH1jK9mN5pQ2sT".to_owned())));
    let span = one(&spans, "chat gpt-4o");
    let input = json(span.attribute("gen_ai.input.messages"));
    assert_eq!(input[0]["parts"][0]["content"], "my key is [REDACTED:api_key]");
}

#[test]
fn a_long_conversation_stays_json() {
    let spans = spans_of(None, || drop(complete("system", "long \"text\" é\n".repeat(100_000))));
    let span = one(&spans, "chat gpt-4o");
    for name in ["gen_ai.input.messages", "gen_ai.output.messages"] {
        let text = span.attribute(name).unwrap().as_str().unwrap();
        assert!((20_000..65_537).contains(&text.chars().count()), "{}", text.chars().count());
        let messages = json(span.attribute(name));
        assert!(messages[0]["parts"][0]["content"].as_str().unwrap().ends_with('…'));
    }
}

struct Panics;

impl Serialize for Panics {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("not me")
    }
}

#[track_llm(model = "gpt-4o", usage = none, capture)]
fn panicking(request: &Panics, prompt: &str) -> u32 {
    let _ = (request, prompt);
    3
}

#[test]
fn what_panics_while_it_is_read_breaks_nothing() {
    let spans = spans_of(None, || assert_eq!(panicking(&Panics, "x"), 3));
    assert_eq!(one(&spans, "chat gpt-4o").attribute("gen_ai.input.messages"), None);
}

/// rig and others write it, some of them unasked.
#[test]
fn what_other_libraries_write_of_prompts_and_answers_stays() {
    let tracing = arc_obs_trace_tests::tracing();
    tracing::info_span!(
        "chat",
        gen_ai.operation.name = "chat",
        gen_ai.prompt.name = "greeting",
        gen_ai.prompt = "s3cret",
        gen_ai.input.messages = "s3cret",
        gen_ai.output.messages = "s3cret"
    )
    .in_scope(|| tracing::info!(gen_ai.completion = "s3cret", "answered"));
    let spans = tracing.end();
    assert_eq!(*spans[0].attribute("gen_ai.prompt.name").unwrap(), "greeting");
    assert_eq!(spans[0].events.len(), 1);
    assert!(!format!("{spans:?}").contains("s3cret"), "{spans:?}");
}
