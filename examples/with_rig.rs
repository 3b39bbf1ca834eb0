//! An agent of rig that looks things up with a tool:
//! `cargo run --example with_rig --features with_rig`
//!
//! rig runs the loop of model and tools; what is observed are the functions around it and
//! below it. The model is a small server of this example's own, on loopback.
#![allow(clippy::print_stdout)]

use std::fmt;
use std::time::Duration;

use arc_obs::{track_agent, track_llm, track_tool};
use axum::routing::post;
use axum::{Json, Router};
use rig::agent::{Agent, AgentBuilder, PromptResponse};
use rig::completion::PromptError;
use rig::providers::openai::OpenAIConfig;
use rig::tool::{Tool, ToolContext};
use serde_json::{Value, json};
use tokio::net::TcpListener;

// What follows is an agent as one would write it anyway, but for the attributes.

#[track_agent("support")]
async fn support(agent: &Agent, question: &str) -> Result<String, PromptError> {
    Ok(ask(agent, question).await?.output())
}

/// All calls of the model in one run: rig sums their tokens, which are read off its answer.
#[track_llm(model = "gpt-4o", provider = "openai")]
async fn ask(agent: &Agent, question: &str) -> Result<PromptResponse, PromptError> {
    agent.prompt(question).max_turns(4).await
}

struct OrderStatus;

#[derive(serde::Deserialize)]
struct Order {
    number: u32,
}

impl Tool for OrderStatus {
    const NAME: &'static str = "order_status";
    type Args = Order;
    type Output = String;
    type Error = UnknownOrder;

    fn description(&self) -> String {
        "Where an order is".to_owned()
    }

    fn parameters(&self) -> Value {
        json!({ "type": "object", "properties": { "number": { "type": "integer" } }, "required": ["number"] })
    }

    #[track_tool("order_status")]
    async fn call(&self, _: &mut ToolContext, order: Order) -> Result<String, UnknownOrder> {
        tokio::time::sleep(Duration::from_millis(15)).await;
        match order.number {
            7 => Ok("it left the warehouse this morning".to_owned()),
            12 => Ok("it waits for its second parcel".to_owned()),
            number => Err(UnknownOrder(number)),
        }
    }
}

#[derive(Debug)]
struct UnknownOrder(u32);

impl fmt::Display for UnknownOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no order {}", self.0)
    }
}

impl std::error::Error for UnknownOrder {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    rustls::crypto::ring::default_provider().install_default().map_err(|_| "a TLS provider was installed before")?;
    let obs = arc_obs::init("with-rig")?;

    let server = model_server().await?;
    let model = OpenAIConfig::new("none").with_base_url(server).client().chat("gpt-4o");
    let agent = AgentBuilder::new(model).preamble("Answer in one sentence.").tool(OrderStatus).build();
    for question in ["Where is my order 7?", "And order 12?", "What of order 99?", "Thank you!"] {
        println!("{question}\n  {}", support(&agent, question).await?);
    }

    obs.shutdown(Duration::from_secs(5)).await?;
    Ok(())
}

/// A server that speaks OpenAI's chat completions: it asks for the tool where the question
/// has a number, and repeats what the tool says.
async fn model_server() -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let app = Router::new().route("/v1/chat/completions", post(complete));
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(format!("http://{address}/v1"))
}

async fn complete(Json(request): Json<Value>) -> Json<Value> {
    let last = &request["messages"].as_array().and_then(|messages| messages.last()).cloned().unwrap_or_default();
    // A string, or parts with a text each.
    let content = &last["content"];
    let text = content.as_str().or_else(|| content[0]["text"].as_str()).unwrap_or_default();
    let number: Option<u32> = text.split(|c: char| !c.is_ascii_digit()).find_map(|digits| digits.parse().ok());
    let message = match (last["role"] == "tool", number) {
        (true, _) => json!({ "role": "assistant", "content": format!("I have looked: {text}.") }),
        (false, None) => json!({ "role": "assistant", "content": "You are welcome." }),
        (false, Some(number)) => {
            let arguments = json!({ "number": number }).to_string();
            let call = json!({ "id": "call_1", "type": "function", "function": { "name": "order_status", "arguments": arguments } });
            json!({ "role": "assistant", "content": null, "tool_calls": [call] })
        }
    };
    tokio::time::sleep(Duration::from_millis(40)).await;
    let reason = if message["content"].is_null() { "tool_calls" } else { "stop" };
    // Some four letters make a token of English.
    let (prompt, completion) = (request.to_string().len() / 4, message.to_string().len() / 4);
    Json(json!({
        "id": "chatcmpl-local",
        "object": "chat.completion",
        "created": 1_764_000_000,
        "model": "gpt-4o-2024-08-06",
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": reason }],
        "usage": { "prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion },
    }))
}
