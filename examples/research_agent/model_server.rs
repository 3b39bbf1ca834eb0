//! A small server that speaks OpenAI's chat completions, so that the example runs
//! anywhere. It answers from the prompt, counts tokens by length, and refuses
//! every fifth request for `gpt-4o` once, as a busy provider does.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// Starts it on a free port of loopback.
pub(crate) async fn start() -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new().route("/v1/chat/completions", post(complete));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn complete(Json(request): Json<Value>) -> (StatusCode, Json<Value>) {
    static REQUESTS: AtomicU64 = AtomicU64::new(0);
    let model = request["model"].as_str().unwrap_or("gpt-4o");
    let content = |place: usize| request["messages"][place]["content"].as_str().unwrap_or_default();
    if model == "gpt-4o" && REQUESTS.fetch_add(1, Ordering::Relaxed).is_multiple_of(5) {
        let error = json!({ "message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded" });
        return (StatusCode::TOO_MANY_REQUESTS, Json(json!({ "error": error })));
    }
    let answer = answer(content(0), content(1));
    let (prompt, completion) = (tokens(content(0)) + tokens(content(1)) + 8, tokens(&answer));
    tokio::time::sleep(Duration::from_millis(60 + 2 * completion)).await;
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
        "usage": {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": { "cached_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0 },
        },
    });
    (StatusCode::OK, Json(body))
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
