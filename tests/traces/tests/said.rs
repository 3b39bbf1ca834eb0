//! What the conventions name, and only the function knows.
#![allow(missing_docs)]

use arc_obs::export::Span;
use arc_obs::{Conventions, set_field, track_agent, track_llm, track_tool};
use arc_obs_trace_tests::{counted, one, tracing, tracing_with, turn};
use serde_json::{Value, json};

struct Request {
    temperature: Option<f32>,
    top_p: Option<f64>,
    max_tokens: Option<u32>,
    seed: Option<i64>,
}

#[track_llm(
    model = "gpt-4o",
    fields(
        gen_ai.request.temperature = request.temperature,
        gen_ai.request.top_p = request.top_p,
        gen_ai.request.max_tokens = request.max_tokens,
        gen_ai.request.seed = request.seed,
        gen_ai.output.type = "json",
        server.address = "api.openai.com",
        server.port = 443,
    )
)]
fn ask(request: &Request) -> Value {
    json!({ "usage": { "prompt_tokens": 1, "completion_tokens": 1 } })
}

#[track_llm(model = "a-model-of-nobody", unpriced, usage = none)]
fn ask_nobody() {}

#[track_tool("search", fields(gen_ai.tool.call.id = _, gen_ai.tool.type = "extension"))]
fn search(id: &str) {
    set_field!(gen_ai.tool.call.id = id);
}

#[track_agent("researcher", fields(gen_ai.agent.id = "a-1", gen_ai.provider.name = "openai", model = "gpt-4o"))]
fn research() {
    ask(&Request { temperature: Some(0.7), top_p: Some(0.9), max_tokens: Some(100), seed: None });
    ask_nobody();
    search("call_1");
}

fn spans(conventions: Conventions) -> Vec<Span> {
    let tracing = tracing_with(|builder| builder.conventions(conventions));
    research();
    tracing.end()
}

#[test]
fn leaves_under_its_name() {
    for conventions in [Conventions::GenAi, Conventions::GenAiNext] {
        let spans = spans(conventions);
        let has = |span: &str, name: &str, value: &str| {
            let found = one(&spans, span).attribute(name).map(ToString::to_string);
            assert_eq!(found.as_deref(), Some(value), "{name} of {span} with {conventions:?}");
        };
        // Not as an `f32` has it.
        has("chat gpt-4o", "gen_ai.request.temperature", "0.7");
        has("chat gpt-4o", "gen_ai.request.top_p", "0.9");
        has("chat gpt-4o", "gen_ai.request.max_tokens", "100");
        has("chat gpt-4o", "gen_ai.output.type", "json");
        has("chat gpt-4o", "server.address", "api.openai.com");
        has("chat gpt-4o", "server.port", "443");
        assert_eq!(one(&spans, "chat gpt-4o").attribute("gen_ai.request.seed"), None);
        has("chat a-model-of-nobody", "gen_ai.provider.name", "_OTHER");
        has("execute_tool search", "gen_ai.tool.call.id", "call_1");
        has("execute_tool search", "gen_ai.tool.type", "extension");
        has("invoke_agent researcher", "gen_ai.agent.id", "a-1");
        has("invoke_agent researcher", "gen_ai.provider.name", "openai");
        // It is no agent's of ours, and so the user's own.
        has("invoke_agent researcher", "model", "gpt-4o");
    }
}

#[test]
fn is_called_as_openinference_does() {
    let spans = spans(Conventions::OpenInference);
    let call = one(&spans, "chat gpt-4o");
    let parameters = call.attribute("llm.invocation_parameters").and_then(|value| value.as_str()).unwrap();
    let parameters: Value = serde_json::from_str(parameters).unwrap();
    assert_eq!(parameters, json!({ "temperature": 0.7, "top_p": 0.9, "max_tokens": 100 }));
    assert!(call.attributes.iter().all(|(name, _)| !name.starts_with("gen_ai.request.")));
    assert_eq!(one(&spans, "chat a-model-of-nobody").attribute("llm.provider"), None);
    assert_eq!(*one(&spans, "execute_tool search").attribute("tool.id").unwrap(), "call_1");
    assert_eq!(*one(&spans, "invoke_agent researcher").attribute("llm.provider").unwrap(), "openai");
}

#[track_agent(name = name)]
fn of_many(name: &str) {
    ask_nobody();
}

#[test]
fn an_agent_has_its_name_though_there_are_too_many_for_metrics() {
    {
        let _turn = turn();
        for n in 0..200 {
            of_many(&format!("agent-{n}"));
        }
    }
    let tracing = tracing();
    of_many("the-last-one");
    let spans = tracing.end();
    for span in ["invoke_agent the-last-one", "chat a-model-of-nobody"] {
        assert_eq!(*one(&spans, span).attribute("gen_ai.agent.name").unwrap(), "the-last-one", "{span}");
    }
    assert_eq!(counted("arc_agent_executions_total", "agent_name", "the-last-one"), 0);
    assert!(counted("arc_agent_executions_total", "agent_name", "other") > 0);
}
