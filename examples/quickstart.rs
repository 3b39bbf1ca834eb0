//! The smallest observed program: `cargo run --example quickstart`.
#![allow(clippy::print_stdout)]

use arc_obs::{track_agent, track_llm, track_tool};
use serde_json::{Value, json};

#[track_tool("search")]
fn search(query: &str) -> Vec<String> {
    vec![format!("everything about {query}")]
}

/// A client's response can be returned as it is: tokens and cost are read off it.
#[track_llm(model = "gpt-4o")]
async fn ask(prompt: &str) -> Result<Value, std::io::Error> {
    Ok(json!({
        "choices": [{ "message": { "content": prompt.to_uppercase() } }],
        "usage": { "prompt_tokens": 1_000, "completion_tokens": 500 },
    }))
}

#[track_agent("researcher")]
async fn research(task: &str) -> Result<Value, std::io::Error> {
    let found = search(task).join("\n");
    ask(&format!("summarise: {found}")).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let obs = arc_obs::init("quickstart")?;
    let answer = research("the price of tea").await?;
    println!("{}", answer["choices"][0]["message"]["content"]);
    obs.shutdown(std::time::Duration::from_secs(5)).await?;
    Ok(())
}
