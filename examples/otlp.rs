//! Traces and metrics to any receiver of OTLP:
//! `cargo run --example otlp --features otlp -- http://localhost:4318`
//!
//! Without an address the environment says where they go (`OTEL_EXPORTER_OTLP_ENDPOINT`,
//! `OTEL_EXPORTER_OTLP_HEADERS` and all the others); where that says nothing, nothing is sent.
//! With `openinference` behind the address the spans have the names that Phoenix reads.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io;
use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::{Conventions, Sampling, track_agent, track_llm, track_tool};
use serde_json::{Value, json};

#[track_tool("search")]
async fn search(query: &str) -> Result<Vec<String>, io::Error> {
    tokio::time::sleep(Duration::from_millis(80)).await;
    match query {
        "coffee" => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(vec![format!("{query}/prices"), format!("{query}/harvest")]),
    }
}

#[track_tool("fetch_page")]
async fn fetch_page(url: &str) -> Result<String, io::Error> {
    tokio::time::sleep(Duration::from_millis(160)).await;
    if url.ends_with("harvest") { Err(io::ErrorKind::NotFound.into()) } else { Ok(format!("everything about {url}")) }
}

/// Stands for a model: a real client is called in the same way, and its response read.
async fn model(name: &str, prompt: &str, tokens: [u64; 2]) -> Value {
    tokio::time::sleep(Duration::from_millis(tokens[1])).await;
    json!({
        "id": "chatcmpl-1",
        "model": name,
        "choices": [{ "message": { "content": prompt.to_uppercase() }, "finish_reason": "stop" }],
        "usage": { "prompt_tokens": tokens[0], "completion_tokens": tokens[1] },
    })
}

#[track_llm(model = "gpt-4o-mini", provider = "openai")]
async fn plan(task: &str) -> Result<Value, io::Error> {
    Ok(model("gpt-4o-mini-2024-07-18", task, [240, 60]).await)
}

#[track_llm(model = "gpt-4o", provider = "openai", fields(gen_ai.request.temperature = 0.2))]
async fn answer(found: &str) -> Result<Value, io::Error> {
    Ok(model("gpt-4o-2024-08-06", found, [1_840, 510]).await)
}

#[track_agent("planner")]
async fn planner(task: &str) -> Result<Value, io::Error> {
    plan(task).await
}

#[track_agent("researcher")]
async fn research(task: &str) -> Result<Value, io::Error> {
    planner(task).await?;
    let urls = search(task).await?;
    let pages = futures::future::join_all(urls.iter().map(|url| fetch_page(url))).await;
    let found: Vec<_> = pages.into_iter().flatten().collect();
    answer(&found.join("\n")).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // All of them. A busy service keeps a part, and each that failed or cost more than ten cents:
    // `Sampling::ratio(0.1).keep_errors().keep_above(Usd::from_nanos(100_000_000))`.
    let mut builder = arc_obs::builder().service_name("otlp-example").no_server().sampling(Sampling::always());
    let mut given = std::env::args().skip(1);
    if let Some(address) = given.next() {
        let receiver = Otlp::http(address);
        builder = match given.next().as_deref() {
            // Phoenix takes traces alone.
            Some("openinference") => builder.otlp(receiver).conventions(Conventions::OpenInference),
            _ => builder.otlp(receiver.clone()).otlp_metrics(receiver),
        };
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
