//! Traces over OTLP to a receiver that is not ours, by HTTP and by gRPC.

use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::{Usage, track_agent, track_llm, track_tool};
use arc_obs_tests::page;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::ServerTest;
use crate::datadog::same;
use crate::receivers::Agent;

pub(crate) const TESTS: [ServerTest; 2] = [
    ServerTest { name: "otlp_over_http_brings_the_tree", needs: "ddapm-test-agent", run: || tree(false) },
    ServerTest { name: "otlp_over_grpc_brings_the_tree", needs: "ddapm-test-agent", run: || tree(true) },
];

#[track_agent("otlp_researcher")]
fn research() {
    search();
    ask();
}

#[track_tool("otlp_search")]
fn search() {}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500))]
fn ask() {}

fn tree(is_grpc: bool) -> Result<(), Failed> {
    let labels = [("exporter", "otlp"), ("signal", "traces")];
    let before = page::value("arc_obs_export_delivered_total", &labels).unwrap_or_default();
    let agent = Agent::start()?;
    let otlp = if is_grpc {
        Otlp::grpc(format!("http://{}", agent.otlp_grpc()))
    } else {
        Otlp::http(format!("http://{}", agent.otlp_http()))
    };
    let otlp = otlp.header("x-tenant", "tea").gzip();
    let obs = arc_obs::builder().service_name("otlp-shop").no_server().otlp(otlp).install()?;
    research();
    obs.shutdown_blocking(Duration::from_secs(10))?;

    let traces = agent.0.until("a trace", || agent.otlp("traces").ok().filter(|found| !found.is_empty()))?;
    let mut spans = Vec::new();
    collect(&Value::Array(traces), &mut spans);
    let named = |name: &str| -> Result<&Value, Failed> {
        let found = spans.iter().find(|span| span["name"] == name);
        found.ok_or_else(|| format!("no {name} in {spans:#?}").into())
    };
    let agent_span = named("invoke_agent otlp_researcher")?;
    for inside in ["execute_tool otlp_search", "chat gpt-4o"] {
        let inside = named(inside)?;
        same("parent", field(inside, "parent_span_id", "parentSpanId"), field(agent_span, "span_id", "spanId"))?;
        same("trace", field(inside, "trace_id", "traceId"), field(agent_span, "trace_id", "traceId"))?;
    }
    same("spans", spans.len(), 3)?;
    let delivered = page::value("arc_obs_export_delivered_total", &labels).unwrap_or_default() - before;
    same("delivered", delivered, 3.0)
}

/// In which of two ways a name is written, is the receiver's choice.
fn field<'a>(value: &'a Value, name: &str, other: &str) -> Option<&'a Value> {
    value.get(name).or_else(|| value.get(other)).filter(|found| found.is_string())
}

/// All spans, wherever they are in what the receiver shows.
fn collect(value: &Value, spans: &mut Vec<Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, spans)),
        Value::Object(fields) if field(value, "span_id", "spanId").is_some() && fields.contains_key("name") => {
            spans.push(value.clone());
        }
        Value::Object(fields) => fields.values().for_each(|value| collect(value, spans)),
        _ => {}
    }
}
