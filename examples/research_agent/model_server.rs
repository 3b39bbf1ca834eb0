//! A small server that speaks OpenAI's chat completions, so that the example runs
//! anywhere. It answers from the prompt, whole or in chunks, counts tokens by length, and
//! refuses every fifth request for `gpt-4o` once, as a busy provider does.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use futures::stream::{self, Stream, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// How long it takes to the first token, and for each.
const THINKS: Duration = Duration::from_millis(60);
const WRITES: Duration = Duration::from_millis(2);

/// Starts it on a free port of loopback.
pub(crate) async fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new().route("/v1/chat/completions", post(complete));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn complete(Json(request): Json<Value>) -> Response {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let model = request["model"].as_str().unwrap_or("gpt-4o");
    let content = |place: usize| request["messages"][place]["content"].as_str().unwrap_or_default();
    if model == "gpt-4o" && REQUESTS.fetch_add(1, Ordering::Relaxed).is_multiple_of(5) {
        let error = json!({ "message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded" });
        return (StatusCode::TOO_MANY_REQUESTS, Json(json!({ "error": error }))).into_response();
    }
    let answer = answer(content(0), content(1));
    let (prompt, completion) = (tokens(content(0)) + tokens(content(1)) + 8, tokens(&answer));
    let usage = json!({
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": { "cached_tokens": 0 },
        "completion_tokens_details": { "reasoning_tokens": 0 },
    });
    tokio::time::sleep(THINKS).await;
    if request["stream"] == true {
        let asked = request["stream_options"]["include_usage"] == true;
        return Sse::new(in_chunks(model, &answer, asked.then_some(usage))).into_response();
    }
    tokio::time::sleep(WRITES * u32::try_from(completion).unwrap_or(u32::MAX)).await;
    let body = json!({
        "id": "chatcmpl-local",
        "object": "chat.completion",
        "created": 1_764_000_000,
        "model": model,
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": answer, "refusal": null },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": usage,
    });
    Json(body).into_response()
}

/// The answer as OpenAI streams it: some words a chunk, why it stopped, and the usage where
/// it was asked for.
fn in_chunks(model: &str, answer: &str, usage: Option<Value>) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let model = model.to_owned();
    let chunk = move |choices: Value, usage: Option<Value>| {
        json!({
            "id": "chatcmpl-local",
            "object": "chat.completion.chunk",
            "created": 1_764_000_000,
            "model": model,
            "choices": choices,
            "usage": usage,
        })
    };
    let choice = |delta: Value, reason: Option<&str>| json!([{ "index": 0, "delta": delta, "finish_reason": reason }]);
    let words: Vec<_> = answer.split_inclusive(' ').collect();
    let mut chunks: Vec<_> =
        words.chunks(4).map(|words| chunk(choice(json!({ "content": words.concat() }), None), None)).collect();
    chunks.push(chunk(choice(json!({}), Some("stop")), None));
    chunks.extend(usage.map(|usage| chunk(json!([]), Some(usage))));
    let events = stream::iter(chunks).then(|chunk| async move {
        tokio::time::sleep(WRITES * 5).await;
        Event::default().data(chunk.to_string())
    });
    events.chain(stream::iter([Event::default().data("[DONE]")])).map(Ok)
}

/// A plan for the planner, a report for the writer.
fn answer(system: &str, user: &str) -> String {
    if system.contains("topics") {
        return "- cost\n- latency\n- errors\n- astrology".to_owned();
    }
    let (task, notes) = user.split_once("\n\nNotes:\n").unwrap_or((user, ""));
    let findings: Vec<_> = notes.lines().filter_map(|note| note.split_once(": ")).map(|(_, text)| text).collect();
    format!("{}\n\n{}", task.trim_start_matches("Task: "), findings.join("\n"))
}

/// Some four letters make a token of English.
fn tokens(text: &str) -> u64 {
    text.len() as u64 / 4 + 1
}
