//! Under which names spans leave, with each convention: all attributes of all kinds of spans.
#![allow(missing_docs)]

use std::io;

use arc_obs::Conventions;
use arc_obs::export::{Span, SpanKind, SpanStatus};
use arc_obs::{traced, track_agent, track_cache, track_llm, track_request, track_tool, track_workflow};
use arc_obs_trace_tests::{one, tracing, tracing_with};
use serde_json::{Value, json};

#[track_llm(model = "gpt-4o")]
fn chat() -> Value {
    json!({
        "id": "chatcmpl-1",
        "model": "gpt-4o-2024-08-06",
        "choices": [{ "finish_reason": "stop" }, { "finish_reason": "length" }],
        "usage": {
            "prompt_tokens": 1000,
            "completion_tokens": 500,
            "prompt_tokens_details": { "cached_tokens": 400 },
            "completion_tokens_details": { "reasoning_tokens": 100 },
        },
    })
}

#[track_llm(model = "claude-sonnet-4-5", provider = "aws.bedrock", unpriced)]
fn write_to_cache() -> Value {
    json!({
        "id": "msg_1",
        "stop_reason": "end_turn",
        "usage": {
            "input_tokens": 100, "output_tokens": 10,
            "cache_creation_input_tokens": 2000, "cache_read_input_tokens": 300, "cost": 0.5,
        },
    })
}

#[track_llm(model = "text-embedding-3-small", provider = "openai", operation = "embeddings")]
fn embed() -> Value {
    json!({ "model": "text-embedding-3-small", "usage": { "prompt_tokens": 8, "total_tokens": 8 } })
}

#[track_tool("search", fields(query))]
fn search(query: &str) -> Result<(), io::Error> {
    let _ = query;
    Err(io::Error::other("no index"))
}

#[track_agent("researcher", kind = "planner")]
fn research() {
    chat();
    write_to_cache();
    embed();
    let _ = search("tea");
}

#[track_cache("llm", hit = |found| *found)]
fn look_up() -> bool {
    true
}

#[traced]
fn plain() {}

#[track_workflow("daily")]
fn daily() {
    research();
    look_up();
    plain();
}

#[track_request(method = "POST", endpoint = "/ask", status = |answer| *answer)]
fn ask() -> u16 {
    daily();
    503
}

/// The attributes of a span, a line each, by name.
fn attributes(spans: &[Span], name: &str) -> String {
    let mut lines: Vec<_> =
        one(spans, name).attributes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    lines.sort();
    lines.join("\n")
}

fn check(conventions: Conventions, expected: &[(&str, &str)]) {
    let tracing = tracing_with(|builder| builder.conventions(conventions));
    ask();
    let spans = tracing.end();
    for (name, lines) in expected {
        let mut lines: Vec<_> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        lines.sort_unstable();
        assert_eq!(attributes(&spans, name), lines.join("\n"), "`{name}` with {conventions:?}");
    }
    assert_eq!(spans.len(), expected.len());
    for span in &spans {
        for (place, (name, _)) in span.attributes.iter().enumerate() {
            assert!(span.attributes[..place].iter().all(|(before, _)| before != name), "`{name}` twice on {span:?}");
        }
    }
}

/// What is called the same with each.
const REQUEST: &str = "
    http.request.method = POST
    http.route = /ask
    http.response.status_code = 503
    status = error
    error.type = 503";
const CACHE: &str = "
    cache.type = llm
    cache.hit = true
    status = success";

/// And what is with both of OpenTelemetry's.
const TOOL: &str = "
    tool = search
    status = error
    error.type = std::io::error::Error
    error.message = no index
    query = tea
    gen_ai.operation.name = execute_tool
    gen_ai.agent.name = researcher
    gen_ai.tool.name = search
    gen_ai.tool.type = function";
const AGENT: &str = "
    agent.name = researcher
    agent.type = planner
    status = success
    gen_ai.operation.name = invoke_agent
    gen_ai.provider.name = _OTHER
    gen_ai.agent.name = researcher";
const WORKFLOW: &str = "
    workflow = daily
    status = success
    gen_ai.operation.name = invoke_workflow
    gen_ai.workflow.name = daily";

#[test]
fn todays_names() {
    check(
        Conventions::GenAi,
        &[
            (
                "chat gpt-4o",
                "model = gpt-4o
                status = success
                gen_ai.operation.name = chat
                gen_ai.agent.name = researcher
                gen_ai.provider.name = openai
                gen_ai.request.model = gpt-4o
                gen_ai.response.model = gpt-4o-2024-08-06
                gen_ai.response.id = chatcmpl-1
                gen_ai.response.finish_reasons = [\"stop\", \"length\"]
                gen_ai.usage.input_tokens = 1000
                gen_ai.usage.output_tokens = 500
                gen_ai.usage.cache_read.input_tokens = 400
                gen_ai.usage.reasoning.output_tokens = 100
                gen_ai.usage.cost = 0.007",
            ),
            (
                "chat claude-sonnet-4-5",
                "model = claude-sonnet-4-5
                status = success
                gen_ai.operation.name = chat
                gen_ai.agent.name = researcher
                gen_ai.provider.name = aws.bedrock
                gen_ai.request.model = claude-sonnet-4-5
                gen_ai.response.id = msg_1
                gen_ai.response.finish_reasons = [\"stop\"]
                gen_ai.usage.input_tokens = 2400
                gen_ai.usage.output_tokens = 10
                gen_ai.usage.cache_read.input_tokens = 300
                gen_ai.usage.cache_creation.input_tokens = 2000
                gen_ai.usage.cost = 0.5",
            ),
            (
                "embeddings text-embedding-3-small",
                "model = text-embedding-3-small
                status = success
                gen_ai.operation.name = embeddings
                gen_ai.agent.name = researcher
                gen_ai.provider.name = openai
                gen_ai.request.model = text-embedding-3-small
                gen_ai.response.model = text-embedding-3-small
                gen_ai.usage.input_tokens = 8
                gen_ai.usage.output_tokens = 0
                gen_ai.usage.cost = 0.00000016",
            ),
            ("execute_tool search", TOOL),
            ("invoke_agent researcher", AGENT),
            ("invoke_workflow daily", WORKFLOW),
            ("llm", CACHE),
            ("plain", "status = success"),
            ("POST /ask", REQUEST),
        ],
    );
}

#[test]
fn the_next_names() {
    check(
        Conventions::GenAiNext,
        &[
            (
                "chat gpt-4o",
                "model = gpt-4o
                status = success
                gen_ai.operation.name = chat
                gen_ai.agent.name = researcher
                gen_ai.provider.name = openai
                gen_ai.request.model = gpt-4o
                gen_ai.response.model = gpt-4o-2024-08-06
                gen_ai.response.id = chatcmpl-1
                gen_ai.response.finish_reasons = [\"stop\", \"length\"]
                gen_ai.usage.input_tokens = 1000
                gen_ai.usage.output_tokens = 500
                gen_ai.usage.cache_read.input_tokens = 400
                gen_ai.usage.reasoning.output_tokens = 100
                gen_ai.usage.cost.amount = 0.007
                gen_ai.usage.cost.currency = USD
                gen_ai.usage.cost.source = local",
            ),
            (
                "chat claude-sonnet-4-5",
                "model = claude-sonnet-4-5
                status = success
                gen_ai.operation.name = chat
                gen_ai.agent.name = researcher
                gen_ai.provider.name = aws.bedrock
                gen_ai.request.model = claude-sonnet-4-5
                gen_ai.response.id = msg_1
                gen_ai.response.finish_reasons = [\"stop\"]
                gen_ai.usage.input_tokens = 2400
                gen_ai.usage.output_tokens = 10
                gen_ai.usage.cache_read.input_tokens = 300
                gen_ai.usage.cache_write.input_tokens = 2000
                gen_ai.usage.cost.amount = 0.5
                gen_ai.usage.cost.currency = USD
                gen_ai.usage.cost.source = provider",
            ),
            (
                "embeddings text-embedding-3-small",
                "model = text-embedding-3-small
                status = success
                gen_ai.operation.name = embeddings
                gen_ai.agent.name = researcher
                gen_ai.provider.name = openai
                gen_ai.request.model = text-embedding-3-small
                gen_ai.response.model = text-embedding-3-small
                gen_ai.usage.input_tokens = 8
                gen_ai.usage.output_tokens = 0
                gen_ai.usage.cost.amount = 0.00000016
                gen_ai.usage.cost.currency = USD
                gen_ai.usage.cost.source = local",
            ),
            ("execute_tool search", TOOL),
            ("invoke_agent researcher", AGENT),
            ("invoke_workflow daily", WORKFLOW),
            ("llm", CACHE),
            ("plain", "status = success"),
            ("POST /ask", REQUEST),
        ],
    );
}

#[test]
fn the_names_of_openinference() {
    let chain = |lines: &str| format!("{lines}\nopeninference.span.kind = CHAIN");
    check(
        Conventions::OpenInference,
        &[
            (
                "chat gpt-4o",
                "model = gpt-4o
                status = success
                openinference.span.kind = LLM
                llm.system = openai
                llm.provider = openai
                llm.model_name = gpt-4o-2024-08-06
                llm.request.model_name = gpt-4o
                llm.response.model_name = gpt-4o-2024-08-06
                llm.finish_reason = stop
                llm.token_count.prompt = 1000
                llm.token_count.completion = 500
                llm.token_count.total = 1500
                llm.token_count.prompt_details.cache_read = 400
                llm.token_count.completion_details.reasoning = 100
                llm.cost.total = 0.007",
            ),
            (
                "chat claude-sonnet-4-5",
                "model = claude-sonnet-4-5
                status = success
                openinference.span.kind = LLM
                llm.provider = aws
                llm.model_name = claude-sonnet-4-5
                llm.request.model_name = claude-sonnet-4-5
                llm.finish_reason = stop
                llm.token_count.prompt = 2400
                llm.token_count.completion = 10
                llm.token_count.total = 2410
                llm.token_count.prompt_details.cache_read = 300
                llm.token_count.prompt_details.cache_write = 2000
                llm.cost.total = 0.5",
            ),
            (
                "embeddings text-embedding-3-small",
                "model = text-embedding-3-small
                status = success
                openinference.span.kind = EMBEDDING
                llm.system = openai
                llm.provider = openai
                llm.request.model_name = text-embedding-3-small
                llm.response.model_name = text-embedding-3-small
                embedding.model_name = text-embedding-3-small
                llm.token_count.prompt = 8
                llm.token_count.completion = 0
                llm.token_count.total = 8
                llm.cost.total = 0.00000016",
            ),
            (
                "execute_tool search",
                "tool = search
                status = error
                error.type = std::io::error::Error
                error.message = no index
                query = tea
                openinference.span.kind = TOOL
                tool.name = search",
            ),
            (
                "invoke_agent researcher",
                "agent.name = researcher
                agent.type = planner
                status = success
                openinference.span.kind = AGENT",
            ),
            ("invoke_workflow daily", &chain("workflow = daily\nstatus = success")),
            ("llm", &chain(CACHE)),
            ("plain", &chain("status = success")),
            ("POST /ask", &chain(REQUEST)),
        ],
    );
}

#[test]
fn kinds_and_statuses_are_those_of_opentelemetry() {
    let tracing = tracing();
    ask();
    let spans = tracing.end();
    for (name, kind, status) in [
        ("chat gpt-4o", SpanKind::Client, SpanStatus::Unset),
        ("embeddings text-embedding-3-small", SpanKind::Client, SpanStatus::Unset),
        ("execute_tool search", SpanKind::Internal, SpanStatus::Error("no index".into())),
        ("invoke_agent researcher", SpanKind::Internal, SpanStatus::Unset),
        ("invoke_workflow daily", SpanKind::Internal, SpanStatus::Unset),
        ("llm", SpanKind::Internal, SpanStatus::Unset),
        ("POST /ask", SpanKind::Server, SpanStatus::Error("503".into())),
    ] {
        let span = one(&spans, name);
        assert_eq!((span.kind, &span.status), (kind, &status), "{name}");
    }
}

#[track_tool("a_user", fields(user.id = 7, session.id = "mine"))]
fn a_user() {}

#[test]
fn what_the_program_says_itself_stays() {
    for conventions in [Conventions::GenAi, Conventions::OpenInference] {
        let tracing = tracing_with(|builder| builder.conventions(conventions));
        arc_obs::conversation("c").user("u").run_sync(a_user);
        let spans = tracing.end();
        let span = one(&spans, "execute_tool a_user");
        assert_eq!(*span.attribute("user.id").unwrap(), 7);
        assert_eq!(*span.attribute("session.id").unwrap(), "mine");
        let says_conversation = span.attribute("gen_ai.conversation.id").is_some();
        assert_eq!(says_conversation, conventions == Conventions::GenAi);
    }
}
