//! Traces and metrics to any receiver of OTLP:
//! `cargo run --example otlp --features otlp -- http://localhost:4318`
//!
//! Without an address the environment says where they go (`OTEL_EXPORTER_OTLP_ENDPOINT`,
//! `OTEL_EXPORTER_OTLP_HEADERS` and all the others); where that says nothing, nothing is sent.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io;
use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::{Sampling, track_agent, track_llm, track_tool};
use serde_json::{Value, json};

#[track_tool("search")]
async fn search(query: &str) -> Result<String, io::Error> {
    tokio::time::sleep(Duration::from_millis(5)).await;
    match query {
        "coffee" => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(format!("everything about {query}")),
    }
}

/// Stands for a model: a real client is called in the same way, and its response read.
#[track_llm(model = "gpt-4o", provider = "openai")]
async fn ask(prompt: &str) -> Result<Value, io::Error> {
    tokio::time::sleep(Duration::from_millis(20)).await;
    Ok(json!({
        "id": "chatcmpl-1",
        "model": "gpt-4o-2024-08-06",
        "choices": [{ "message": { "content": prompt.to_uppercase() }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": 1_000, "completion_tokens": 500 },
    }))
}

#[track_agent("researcher")]
async fn research(task: &str) -> Result<Value, io::Error> {
    let found = search(task).await?;
    ask(&format!("summarise: {found}")).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // All of them. A busy service keeps a part, and each that failed or cost more than ten cents:
    // `Sampling::ratio(0.1).keep_errors().keep_above(Usd::from_nanos(100_000_000))`.
    let mut builder = arc_obs::builder().service_name("otlp-example").no_server().sampling(Sampling::always());
    if let Some(address) = std::env::args().nth(1) {
        let receiver = Otlp::http(address);
        builder = builder.otlp(receiver.clone()).otlp_metrics(receiver);
    }
    let obs = builder.install()?;

    // Whom the work is for, in the words of the program: never made up.
    for (chat, task) in [("chat-1", "tea"), ("chat-2", "coffee")] {
        match arc_obs::conversation(chat).run(research(task)).await {
            Ok(answer) => println!("{task}: {}", answer["choices"][0]["message"]["content"]),
            Err(error) => println!("{task}: {error}"),
        }
    }

    // Sends what is left, within this time whatever the receiver does.
    obs.shutdown(Duration::from_secs(5)).await?;
    Ok(())
}
