//! Prompts and answers: only where it is said, and in the shape of the conventions.
#![allow(missing_docs)]

use std::pin::Pin;

use arc_obs::export::{FieldValue, Span};
use arc_obs::{ContentCapture, Conventions, ObservedStream, observe_stream, track_llm, track_tool};
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

#[track_llm(model = "gpt-4o", usage = none, capture, stream)]
async fn streamed_chat(
    prompt: &str,
) -> Result<Pin<Box<dyn Stream<Item = Result<Value, std::io::Error>> + Send>>, String> {
    let chunks = ["Your ", "tea: ", prompt].map(|text| Ok(json!({ "choices": [{ "delta": { "content": text } }] })));
    let last = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
    Ok(Box::pin(futures::stream::iter(chunks.into_iter().chain([Ok(last)]))))
}

#[track_llm(model = "gpt-4o", stream = observed)]
fn streamed_by_body(prompt: &str) -> Option<ObservedStream<impl Stream<Item = Value> + use<>>> {
    let chunks = [prompt, "!"].map(|text| json!({ "choices": [{ "delta": { "content": text } }] }));
    Some(observe_stream(futures::stream::iter(chunks)))
}

/// Both of an async function, and say nothing of content.
#[track_llm(model = "gpt-4o", usage = none, stream)]
async fn streamed_later(prompt: &str) -> impl Stream<Item = String> + use<> {
    futures::stream::iter([prompt.to_owned(), "!".to_owned()])
}

#[track_llm(model = "gpt-4o", stream = observed)]
async fn handed_over(prompt: &str) -> Option<ObservedStream<impl Stream<Item = Value> + use<>>> {
    streamed_chunks(prompt)
}

/// Forbids it, and has fields.
#[track_llm(model = "gpt-4o", stream = observed, capture = none, fields(user.id = id))]
fn handed_over_in_secret(prompt: &str, id: u32) -> Option<ObservedStream<impl Stream<Item = Value> + use<>>> {
    streamed_chunks(prompt)
}

fn streamed_chunks(prompt: &str) -> Option<ObservedStream<impl Stream<Item = Value> + use<>>> {
    let chunks = [prompt, "!"].map(|text| json!({ "choices": [{ "delta": { "content": text } }] }));
    Some(observe_stream(futures::stream::iter(chunks)))
}

/// Says nothing of content.
#[track_llm(model = "gpt-4o", usage = none)]
fn unsaid(prompt: &str) -> String {
    prompt.to_uppercase()
}

/// Forbids it.
#[track_llm(model = "gpt-4o", usage = none, capture = none)]
fn forbidden(prompt: &str) -> String {
    prompt.to_uppercase()
}

/// Cannot be asked for anything.
struct Opaque;

#[track_llm(model = "gpt-4o", usage = none, fields(user.id = id))]
async fn prepared(
    _client: &Client,
    Opaque: Opaque,
    opaque: &Opaque,
    system_prompt: &str,
    api_key: &str,
    id: u32,
    #[cfg(any())] never: NoSuchType,
    r#type: Vec<&str>,
) -> Result<String, String> {
    let _ = (opaque, system_prompt, api_key, id);
    tokio::task::yield_now().await;
    if r#type.is_empty() { Err("nothing".to_owned()) } else { Ok(r#type.join("")) }
}

#[track_tool("search")]
async fn search(
    client: &Client,
    query: &str,
    limit: Option<u32>,
    opaque: Opaque,
    api_key: String,
) -> Result<Vec<String>, std::io::Error> {
    let _ = (client, opaque, api_key);
    Ok(vec![query.to_owned(); limit.unwrap_or(1) as usize])
}

#[track_tool("echo", capture)]
fn echo(text: &str) -> String {
    text.to_owned()
}

#[track_tool("whole", capture = json!({ "only": text }))]
fn whole(text: &str, other: &str) -> usize {
    text.len() + other.len()
}

#[track_tool("hidden", capture = none)]
fn hidden(text: &str) -> String {
    text.to_owned()
}

/// Where the function stays as it is, nothing is told.
#[track_tool("in_place")]
#[track_caller]
fn in_place(text: &str) -> &str {
    text
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
    asked(&|| drop(block_on(streamed("tea").collect::<Vec<_>>())), Some("teatea"));
    asked(&|| _ = block_on(async { streamed_chat("tea").await.unwrap().count().await }), Some("Your tea: tea"));
    // As far as it has come, where nobody wants to hear the rest.
    asked(&|| drop(block_on(async { streamed_chat("tea").await.unwrap().next().await })), Some("Your "));
    asked(&|| drop(block_on(async { streamed_chat("tea").await })), None);
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
    let run = || {
        let _ = (unsaid("s3cret"), forbidden("s3cret"), hidden("s3cret"), in_place("s3cret"));
        let _ = block_on(search(&Client, "s3cret", None, Opaque, String::new()));
        let _ = block_on(streamed_by_body("s3cret").unwrap().collect::<Vec<_>>());
    };
    let spans = spans_of(None, run);
    assert_eq!(spans.len(), 6);
    assert!(!format!("{spans:?}").contains("s3cret"), "{spans:?}");
    // `Off` is for all of them.
    let spans = spans_of(Some(ContentCapture::Off), || {
        run();
        let _ = (complete("s3cret", "tea".to_owned()), echo("s3cret"));
    });
    let shown = format!("{spans:?}");
    assert_eq!(spans.len(), 8);
    assert!(!shown.contains("s3cret") && !shown.contains("messages") && !shown.contains("tool.call"), "{shown}");
}

#[test]
fn the_builder_asks_for_the_content_of_all() {
    let of = |run: &dyn Fn()| spans_of(Some(ContentCapture::Span), run);
    let text = |content: &str| json!({ "type": "text", "content": content });
    let spans = of(&|| drop(unsaid("tea")));
    let span = one(&spans, "chat gpt-4o");
    assert_eq!(json(span.attribute("gen_ai.input.messages")), json!([{ "role": "user", "parts": [text("tea")] }]));
    assert_eq!(json(span.attribute("gen_ai.output.messages"))[0]["parts"], json!([text("TEA")]));
    // What cannot be asked, is taken apart or called as a secret is left out.
    let spans =
        of(&|| drop(block_on(prepared(&Client, Opaque, &Opaque, "Be short.", "a plain word", 3, vec!["a", "b"]))));
    let span = one(&spans, "chat gpt-4o");
    assert_eq!(json(span.attribute("gen_ai.system_instructions")), json!([text("Be short.")]));
    let asked = json!([{ "role": "user", "parts": [text("a")] }, { "role": "user", "parts": [text("b")] }]);
    assert_eq!(json(span.attribute("gen_ai.input.messages")), asked);
    assert_eq!(json(span.attribute("gen_ai.output.messages"))[0]["parts"], json!([text("ab")]));
    assert_eq!(*span.attribute("user.id").unwrap(), 3);
    // Streams, also those that the body hands over.
    let spans = of(&|| drop(block_on(streamed_by_body("tea").unwrap().collect::<Vec<_>>())));
    let span = one(&spans, "chat gpt-4o");
    assert_eq!(json(span.attribute("gen_ai.input.messages"))[0]["parts"], json!([text("tea")]));
    assert_eq!(json(span.attribute("gen_ai.output.messages"))[0]["parts"], json!([text("tea!")]));
    for run in
        [(&|| drop(block_on(async { streamed_later("tea").await.collect::<Vec<_>>().await }))) as &dyn Fn(), &|| {
            drop(block_on(async { handed_over("tea").await.unwrap().collect::<Vec<_>>().await }))
        }]
    {
        let spans = of(run);
        let span = one(&spans, "chat gpt-4o");
        assert_eq!(json(span.attribute("gen_ai.input.messages"))[0]["parts"], json!([text("tea")]));
        assert_eq!(json(span.attribute("gen_ai.output.messages"))[0]["parts"], json!([text("tea!")]));
    }
    // But not what forbids it.
    let spans = of(&|| drop(block_on(handed_over_in_secret("s3cret", 3).unwrap().collect::<Vec<_>>())));
    assert_eq!(*one(&spans, "chat gpt-4o").attribute("user.id").unwrap(), 3);
    assert!(!format!("{spans:?}").contains("s3cret"), "{spans:?}");
    let spans = of(&|| drop((forbidden("s3cret"), hidden("s3cret"), in_place("s3cret"))));
    assert!(spans.len() == 3 && !format!("{spans:?}").contains("s3cret"), "{spans:?}");
}

#[test]
fn tools_tell_what_they_are_given_and_what_they_find() {
    let spans = spans_of(Some(ContentCapture::Span), || {
        drop(block_on(search(&Client, "tea", Some(2), Opaque, "sk-proj-aB3dE7gH1jK9mN5pQ2sT".to_owned())));
    });
    let span = one(&spans, "execute_tool search");
    let arguments = json(span.attribute("gen_ai.tool.call.arguments"));
    assert_eq!(arguments, json!({ "query": "tea", "limit": 2, "api_key": "[REDACTED:credential]" }));
    assert_eq!(json(span.attribute("gen_ai.tool.call.result")), json!(["tea", "tea"]));
    let spans = spans_of(None, || drop((echo("tea"), whole("tea", "more"))));
    let span = one(&spans, "execute_tool echo");
    assert_eq!(json(span.attribute("gen_ai.tool.call.arguments")), json!({ "text": "tea" }));
    assert_eq!(*span.attribute("gen_ai.tool.call.result").unwrap(), "tea");
    let span = one(&spans, "execute_tool whole");
    assert_eq!(json(span.attribute("gen_ai.tool.call.arguments")), json!({ "only": "tea" }));
    assert_eq!(*span.attribute("gen_ai.tool.call.result").unwrap(), "7");
}

/// Each of its own function's, one inside of the other.
#[track_llm(model = "gpt-4o", usage = none, capture)]
fn nested(depth: usize, prompt: &str) -> String {
    let inner = if depth > 0 { nested(depth - 1, &format!("{prompt}+")) } else { String::new() };
    format!("{prompt}{depth}{inner}")
}

#[test]
fn what_is_inside_of_itself_tells_its_own() {
    let spans = spans_of(None, || drop(nested(2, "tea")));
    let told = |name: &str| -> Vec<_> {
        let texts = spans.iter().map(|span| json(span.attribute(name)));
        texts.map(|told| told[0]["parts"][0]["content"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told("gen_ai.input.messages"), ["tea++", "tea+", "tea"]);
    assert_eq!(told("gen_ai.output.messages"), ["tea++0", "tea+1tea++0", "tea2tea+1tea++0"]);
}

/// The program; a test that does nothing unless it is started by the one below.
#[test]
fn child() {
    let Ok(expected) = std::env::var("ARC_OBS_TESTS_PROGRAM") else { return };
    let spans = spans_of(None, || drop((unsaid("t3a"), complete("Be l0ud.", "hi".to_owned()))));
    let shown = format!("{spans:?}");
    let (of_all, said) = (shown.contains("t3a"), shown.contains("Be l0ud."));
    let events = spans.iter().map(|span| span.events.len()).sum::<usize>();
    println!("@ended");
    assert_eq!(format!("{of_all} {said} {events}"), expected);
}

#[test]
fn the_environment_asks_for_the_content_of_all() {
    for (value, expected) in [
        ("", "false true 0"),
        ("nonsense", "false true 0"),
        ("NO_CONTENT", "false false 0"),
        ("false", "false false 0"),
        ("SPAN_ONLY", "true true 0"),
        ("true", "true true 0"),
        ("EVENT_ONLY", "true true 4"),
        ("SPAN_AND_EVENT", "true true 4"),
    ] {
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env("ARC_OBS_TESTS_PROGRAM", expected)
            .env("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", value)
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && out.contains("@ended"), "{value}: {out}\n{err}");
    }
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

#[track_llm(model = "text-embedding-3-small", provider = "openai", operation = "embeddings", usage = none)]
fn embed(input: Vec<&str>) -> usize {
    input.len()
}

#[test]
fn open_inference_has_names_of_its_own() {
    let tracing =
        tracing_with(|builder| builder.conventions(Conventions::OpenInference).capture_content(ContentCapture::Span));
    let _ = block_on(chat(&Client, request(), 3)).unwrap();
    let _ = complete("Be loud.", "my key is sk-proj-aB3dE7gH1jK9mN5pQ2sT".to_owned());
    let _ = embed(vec!["tea", "more"]);
    let _ = (echo("tea"), whole("tea", "more"));
    let spans = tracing.end();
    let told = |span: &Span| -> Vec<(String, String)> {
        let names =
            ["input.", "output.", "llm.input_messages.", "llm.output_messages.", "embedding.embeddings.", "gen_ai."];
        let of_content = span.attributes.iter().filter(|(name, _)| names.iter().any(|begin| name.starts_with(begin)));
        let mut told: Vec<_> = of_content.map(|(name, value)| (name.to_string(), value.to_string())).collect();
        told.sort();
        told.retain(|(name, _)| !name.ends_with(".value"));
        told
    };
    let expected = |told: &[(&str, &str)]| -> Vec<(String, String)> {
        told.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let json_in = ("input.mime_type", "application/json");
    let json_out = ("output.mime_type", "application/json");
    assert_eq!(
        told(&spans[0]),
        expected(&[
            json_in,
            ("llm.input_messages.0.message.content", "Be short."),
            ("llm.input_messages.0.message.role", "system"),
            ("llm.input_messages.1.message.contents.0.message_content.text", "What is in it?"),
            ("llm.input_messages.1.message.contents.0.message_content.type", "text"),
            ("llm.input_messages.1.message.contents.1.message_content.image.image.url", "https://example.com/a.png"),
            ("llm.input_messages.1.message.contents.1.message_content.type", "image"),
            ("llm.input_messages.1.message.role", "user"),
            ("llm.input_messages.2.message.content", "found"),
            ("llm.input_messages.2.message.role", "tool"),
            ("llm.input_messages.2.message.tool_call_id", "call_0"),
            ("llm.output_messages.0.message.content", "Tea."),
            ("llm.output_messages.0.message.role", "assistant"),
            ("llm.output_messages.1.message.role", "assistant"),
            ("llm.output_messages.1.message.tool_calls.0.tool_call.function.arguments", "{\"q\":\"tea\"}"),
            ("llm.output_messages.1.message.tool_calls.0.tool_call.function.name", "search"),
            ("llm.output_messages.1.message.tool_calls.0.tool_call.id", "call_1"),
            json_out,
        ])
    );
    assert_eq!(json(spans[0].attribute("input.value"))[1]["role"], "user");
    assert_eq!(json(spans[0].attribute("output.value"))[0]["parts"][0]["content"], "Tea.");
    assert_eq!(
        told(&spans[1]),
        expected(&[
            json_in,
            ("llm.input_messages.0.message.content", "Be loud."),
            ("llm.input_messages.0.message.role", "system"),
            ("llm.input_messages.1.message.content", "my key is [REDACTED:api_key]"),
            ("llm.input_messages.1.message.role", "user"),
            ("llm.output_messages.0.message.content", "MY KEY IS SK-PROJ-AB3DE7GH1JK9MN5PQ2ST"),
            ("llm.output_messages.0.message.role", "assistant"),
            json_out,
        ])
    );
    assert_eq!(
        told(&spans[2]),
        expected(&[
            ("embedding.embeddings.0.embedding.text", "tea"),
            ("embedding.embeddings.1.embedding.text", "more"),
            json_in,
        ])
    );
    let whole =
        |span: &Span| ["input", "output"].map(|name| span.attribute(&format!("{name}.value")).unwrap().to_string());
    assert_eq!(whole(&spans[3]), [r#"{"text":"tea"}"#, "tea"]);
    assert_eq!(told(&spans[3]), expected(&[json_in, ("output.mime_type", "text/plain")]));
    assert_eq!(whole(&spans[4]), [r#"{"only":"tea"}"#, "7"]);
}
