//! A research agent: it plans, searches with tools, asks a model and writes a
//! report. `cargo run --example research_agent`
//!
//! With `OPENAI_API_KEY` or `OPENAI_BASE_URL` set it asks that endpoint (OpenAI,
//! or any server that speaks its API: Ollama, vLLM and others serve a model under
//! whatever name it is given, here `gpt-4o` and `gpt-4o-mini`). Without, it starts
//! a small server of its own on loopback.
//!
//! `cargo run --example research_agent -- --serve` goes on working until Ctrl-C,
//! for a look at `http://127.0.0.1:9090/metrics`.
#![allow(clippy::print_stdout)]

mod model_server;
mod tools;

use std::env;
use std::time::Duration;

use arc_obs::{traced, track_agent, track_llm};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::middleware::ReqwestService;
use async_openai::types::chat::{
    ChatCompletionRequestSystemMessage, ChatCompletionRequestUserMessage, ChatCompletionResponseStream,
    ChatCompletionStreamOptions, CreateChatCompletionRequest, CreateChatCompletionRequestArgs,
    CreateChatCompletionResponse,
};
use futures::StreamExt;

type Model = Client<OpenAIConfig>;
type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

// What follows is an agent as one would write it anyway, but for the attributes.

#[track_agent("researcher")]
async fn research(model: &Model, task: &str) -> Result<String> {
    let mut notes = Vec::new();
    for topic in plan(model, task).await? {
        if let Some(text) = look_up(&topic).await {
            notes.push(format!("{topic}: {text}"));
        }
    }
    write_report(model, task, &notes).await
}

#[track_agent("planner", kind = "plan_and_execute")]
async fn plan(model: &Model, task: &str) -> Result<Vec<String>> {
    let plan = ask_small(model, "List the topics to look up, one per line.", task).await?;
    Ok(text(&plan).lines().map(|line| line.trim_start_matches(['-', ' ']).to_owned()).collect())
}

/// Whichever source answers first; the other one is cancelled.
#[traced]
async fn look_up(topic: &str) -> Option<String> {
    tokio::select! {
        Ok(text) = tools::search(topic) => Some(text),
        Ok(text) = tools::fetch_page(topic) => Some(text),
        else => None,
    }
}

#[traced]
async fn write_report(model: &Model, task: &str, notes: &[String]) -> Result<String> {
    let prompt = format!("Task: {task}\n\nNotes:\n{}", notes.join("\n"));
    for attempt in 1.. {
        match ask(model, "Write a short report from the notes.", &prompt).await {
            Err(error) if attempt < 3 && is_rate_limit(&error) => {
                tokio::time::sleep(Duration::from_millis(50 * attempt)).await;
            }
            answer => return whole(answer?).await,
        }
    }
    unreachable!("the third attempt returns")
}

/// Streamed: measured until the last chunk, which has the usage.
#[track_llm(model = "gpt-4o", provider = "openai", stream)]
async fn ask(model: &Model, system: &str, user: &str) -> Result<ChatCompletionResponseStream, OpenAIError> {
    let mut request = request("gpt-4o", system, user)?;
    request.stream_options = Some(ChatCompletionStreamOptions { include_usage: Some(true), ..Default::default() });
    model.chat().create_stream(request).await
}

#[track_llm(model = "gpt-4o-mini", provider = "openai")]
async fn ask_small(model: &Model, system: &str, user: &str) -> Result<CreateChatCompletionResponse, OpenAIError> {
    model.chat().create(request("gpt-4o-mini", system, user)?).await
}

fn request(model: &str, system: &str, user: &str) -> Result<CreateChatCompletionRequest, OpenAIError> {
    let messages = vec![
        ChatCompletionRequestSystemMessage::from(system).into(),
        ChatCompletionRequestUserMessage::from(user).into(),
    ];
    CreateChatCompletionRequestArgs::default().model(model).messages(messages).build()
}

fn is_rate_limit(error: &OpenAIError) -> bool {
    matches!(error, OpenAIError::ApiError(answer) if answer.status_code.as_u16() == 429)
}

/// The text of a streamed answer, when all of it is there.
async fn whole(mut answer: ChatCompletionResponseStream) -> Result<String> {
    let mut text = String::new();
    while let Some(chunk) = answer.next().await {
        text.extend(chunk?.choices.into_iter().filter_map(|choice| choice.delta.content));
    }
    Ok(text)
}

fn text(answer: &CreateChatCompletionResponse) -> String {
    answer.choices.first().and_then(|choice| choice.message.content.clone()).unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<()> {
    let serve = env::args().any(|argument| argument == "--serve");
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a TLS provider was installed before")?;

    let obs = arc_obs::init("research-agent")?;
    let model = connect().await?;

    if serve {
        eprintln!("working until Ctrl-C");
        tokio::select! {
            () = work_on(&model) => {}
            interrupted = tokio::signal::ctrl_c() => interrupted?,
        }
    } else {
        println!("{}", research(&model, "Why do people observe their agents?").await?);
    }

    obs.shutdown(Duration::from_secs(5)).await?;
    Ok(())
}

async fn work_on(model: &Model) {
    for task in ["Why do people observe their agents?", "What does a token cost?"].iter().cycle() {
        // Counted as an error; the next task may go better.
        if let Err(error) = research(model, task).await {
            eprintln!("{error}");
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// A client for the endpoint of the environment, or for a server of our own.
async fn connect() -> Result<Model> {
    // `OpenAIConfig` itself reads `OPENAI_API_KEY` and `OPENAI_BASE_URL`.
    let given = |name| env::var_os(name).is_some();
    let config = match (given("OPENAI_API_KEY"), given("OPENAI_BASE_URL")) {
        (true, _) => OpenAIConfig::new(),
        (false, true) => OpenAIConfig::new().with_api_key("none"),
        (false, false) => {
            let address = model_server::start().await?;
            eprintln!("no OPENAI_API_KEY: asking a small OpenAI-compatible server of my own on http://{address}/v1");
            OpenAIConfig::new().with_api_key("none").with_api_base(format!("http://{address}/v1"))
        }
    };
    // Without the client's own retries, which would hide every refusal: the agent retries itself.
    Ok(Client::with_config(config).with_http_service(ReqwestService::default()))
}
