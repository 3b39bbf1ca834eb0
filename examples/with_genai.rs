//! A workflow that asks two providers through genai, and remembers their answers:
//! `cargo run --example with_genai --features with_genai`
//!
//! A draft comes from one model, its review from another; what was asked before comes from
//! a cache. Both providers are a small server of this example's own, on loopback.
#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use arc_obs::{track_cache, track_llm, track_workflow};
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use genai::adapter::AdapterKind;
use genai::chat::{ChatRequest, ChatResponse};
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What was answered before, by question.
#[derive(Default)]
struct Answers(Mutex<HashMap<String, String>>);

impl Answers {
    #[track_cache("answers")]
    fn find(&self, question: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    fn keep(&self, question: &str, answer: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(question.to_owned(), answer.to_owned());
    }
}

#[track_workflow("answer")]
async fn answer(client: &Client, answers: &Answers, question: &str) -> genai::Result<String> {
    if let Some(known) = answers.find(question) {
        return Ok(known);
    }
    let draft = text(&draft(client, question).await?);
    let reviewed = text(&review(client, &draft).await?);
    answers.keep(question, &reviewed);
    Ok(reviewed)
}

#[track_llm(model = "gpt-4o-mini", provider = "openai")]
async fn draft(client: &Client, question: &str) -> genai::Result<ChatResponse> {
    client.exec_chat("gpt-4o-mini", ChatRequest::from_user(question).with_system("Draft an answer."), None).await
}

#[track_llm(model = "claude-sonnet-4-5", provider = "anthropic")]
async fn review(client: &Client, draft: &str) -> genai::Result<ChatResponse> {
    client.exec_chat("claude-sonnet-4-5", ChatRequest::from_user(draft).with_system("Review the draft."), None).await
}

fn text(response: &ChatResponse) -> String {
    response.first_text().unwrap_or_default().to_owned()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a TLS provider was installed before")?;
    let obs = arc_obs::init("with-genai")?;

    let client = connect().await?;
    let answers = Answers::default();
    for question in ["Why is tea hot?", "Why is ice cold?", "Why is tea hot?", "Why is everything busy?"] {
        match answer(&client, &answers, question).await {
            Ok(text) => println!("{question}\n  {text}"),
            Err(error) => println!("{question}\n  nobody answers: {}", error.to_string().lines().next().unwrap_or("?")),
        }
    }

    obs.shutdown(Duration::from_secs(5)).await?;
    Ok(())
}

/// A client whose every model is at our server, each in its provider's own way.
async fn connect() -> Result<Client, Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new().route("/v1/chat/completions", post(openai)).route("/v1/messages", post(anthropic));
    tokio::spawn(async move { axum::serve(listener, app).await });

    let here = move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
        let name = target.model.model_name;
        let kind = if name.starts_with("claude") { AdapterKind::Anthropic } else { AdapterKind::OpenAI };
        let endpoint = Endpoint::from_owned(format!("http://{address}/v1/"));
        Ok(ServiceTarget { endpoint, auth: AuthData::from_single("none"), model: ModelIden::new(kind, name) })
    };
    let resolver = ServiceTargetResolver::from_resolver_fn(here);
    Ok(Client::builder().with_service_target_resolver(resolver).build()?)
}

/// The draft: OpenAI's chat completions.
async fn openai(Json(request): Json<Value>) -> (StatusCode, Json<Value>) {
    let question = request["messages"][1]["content"].as_str().unwrap_or_default();
    if question.contains("busy") {
        let error = json!({ "message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded" });
        return (StatusCode::TOO_MANY_REQUESTS, Json(json!({ "error": error })));
    }
    tokio::time::sleep(Duration::from_millis(30)).await;
    let (subject, property) = question.trim_start_matches("Why is ").split_once(' ').unwrap_or_default();
    let draft = format!("{subject} is {} because somebody made it so", property.trim_end_matches('?'));
    let (prompt, completion) = (tokens(&request), tokens(&json!(draft)));
    let body = json!({
        "id": "chatcmpl-local",
        "object": "chat.completion",
        "created": 1_764_000_000,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": draft }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion },
    });
    (StatusCode::OK, Json(body))
}

/// The review: Anthropic's messages, most of the prompt read from its cache.
async fn anthropic(Json(request): Json<Value>) -> Json<Value> {
    let content = &request["messages"][0]["content"];
    let draft = content.as_str().or_else(|| content[0]["text"].as_str()).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(60)).await;
    let text = format!("Reviewed: {draft}.");
    Json(json!({
        "id": "msg_local",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5-20250929",
        "content": [{ "type": "text", "text": text }],
        "stop_reason": "end_turn",
        "usage": { "input_tokens": tokens(&request), "cache_read_input_tokens": 2_000, "output_tokens": tokens(&json!(text)) },
    }))
}

/// Some four letters make a token of English.
fn tokens(text: &Value) -> usize {
    text.to_string().len() / 4
}
