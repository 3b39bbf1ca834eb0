//! Traces and metrics over OTLP to a receiver that is not ours, by HTTP and by gRPC.

use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::{Usage, track_agent, track_llm, track_tool};
use arc_obs_tests::page;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::ServerTest;
use crate::datadog::same;
use crate::receivers::Agent;

pub(crate) const TESTS: [ServerTest; 4] = [
    ServerTest { name: "otlp_over_http_brings_the_tree", needs: "ddapm-test-agent", run: || tree(false) },
    ServerTest { name: "otlp_over_grpc_brings_the_tree", needs: "ddapm-test-agent", run: || tree(true) },
    ServerTest { name: "otlp_over_http_brings_the_metrics", needs: "ddapm-test-agent", run: || metrics(false) },
    ServerTest { name: "otlp_over_grpc_brings_the_metrics", needs: "ddapm-test-agent", run: || metrics(true) },
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

fn to(agent: &Agent, is_grpc: bool) -> Otlp {
    let otlp = if is_grpc {
        Otlp::grpc(format!("http://{}", agent.otlp_grpc()))
    } else {
        Otlp::http(format!("http://{}", agent.otlp_http()))
    };
    otlp.header("x-tenant", "tea").gzip()
}

fn tree(is_grpc: bool) -> Result<(), Failed> {
    let labels = [("exporter", "otlp"), ("signal", "traces")];
    let before = page::value("arc_obs_export_delivered_total", &labels).unwrap_or_default();
    let agent = Agent::start()?;
    let obs = arc_obs::builder().service_name("otlp-shop").no_server().otlp(to(&agent, is_grpc)).install()?;
    research();
    obs.shutdown_blocking(Duration::from_secs(10))?;

    let traces = agent.0.until("a trace", || agent.otlp("traces").ok().filter(|found| !found.is_empty()))?;
    let resource = &traces[0]["resource_spans"][0]["resource"];
    same("service", attribute(resource, "service.name"), Some(&"otlp-shop".into()))?;
    let mut spans = Vec::new();
    collect(&Value::Array(traces), &mut spans);
    let named = |name: &str| -> Result<&Value, Failed> {
        let found = spans.iter().find(|span| span["name"] == name);
        found.ok_or_else(|| format!("no {name} in {spans:#?}").into())
    };
    let agent_span = named("invoke_agent otlp_researcher")?;
    same("parent", field(agent_span, "parent_span_id", "parentSpanId"), None)?;
    for inside in ["execute_tool otlp_search", "chat gpt-4o"] {
        let inside = named(inside)?;
        same("parent", field(inside, "parent_span_id", "parentSpanId"), field(agent_span, "span_id", "spanId"))?;
        same("trace", field(inside, "trace_id", "traceId"), field(agent_span, "trace_id", "traceId"))?;
        same("agent", attribute(inside, "gen_ai.agent.name"), Some(&"otlp_researcher".into()))?;
    }
    let llm = named("chat gpt-4o")?;
    same("kind", &llm["kind"], &"SPAN_KIND_CLIENT".into())?;
    // Whole numbers of 64 bits are texts in the JSON of protocol buffers.
    for (name, value) in [
        ("gen_ai.request.model", "gpt-4o".into()),
        ("gen_ai.usage.input_tokens", "1000".into()),
        ("gen_ai.usage.output_tokens", "500".into()),
        ("gen_ai.usage.cost", 0.0075.into()),
    ] {
        same(name, attribute(llm, name), Some(&value))?;
    }
    same("spans", spans.len(), 3)?;
    same("requests", agent.otlp("requests")?.len(), 1)?;
    if !is_grpc {
        // Of gRPC it shows what it makes of it, and nothing of what came with it.
        came_with(&agent, "/v1/traces")?;
    }
    let delivered = page::value("arc_obs_export_delivered_total", &labels).unwrap_or_default() - before;
    same("delivered", delivered, 3.0)
}

fn metrics(is_grpc: bool) -> Result<(), Failed> {
    let agent = Agent::start()?;
    let obs = arc_obs::builder().service_name("otlp-shop").no_server().otlp_metrics(to(&agent, is_grpc)).install()?;
    research();
    obs.shutdown_blocking(Duration::from_secs(10))?;

    let requests = agent.0.until("metrics", || agent.otlp("metrics").ok().filter(|found| !found.is_empty()))?;
    let resource = &requests[0]["resource_metrics"][0];
    same("service", attribute(&resource["resource"], "service.name"), Some(&"otlp-shop".into()))?;
    let metrics = resource["scope_metrics"][0]["metrics"].as_array().ok_or("no metrics")?;
    let points = |name: &str, kind: &str| -> Result<&Vec<Value>, Failed> {
        let metric = metrics.iter().find(|metric| metric["name"] == name);
        let points = metric.and_then(|metric| metric[kind]["data_points"].as_array());
        points.ok_or_else(|| format!("no {kind} {name}").into())
    };
    let spent = points("arc_agent_cost_dollars_total", "sum")?.iter();
    let mut spent = spent.filter(|point| attribute(point, "agent_name") == Some(&"otlp_researcher".into()));
    let ours = page::value("arc_agent_cost_dollars_total", &[("agent_name", "otlp_researcher")]);
    same("cost", spent.next().and_then(|point| point["as_double"].as_f64()), ours)?;
    // Whatever else in this process asked this model, used as much.
    let used = points("gen_ai.client.token.usage", "histogram")?.iter();
    let is_it = |point: &&Value| {
        [("gen_ai.request.model", "gpt-4o"), ("gen_ai.token.type", "input")]
            .iter()
            .all(|(name, value)| attribute(point, name) == Some(&(*value).into()))
    };
    let used: f64 = used.filter(is_it).filter_map(|point| point["sum"].as_f64()).sum();
    same("whole calls", (used > 0.0, used % 1_000.0), (true, 0.0))?;
    if is_grpc { Ok(()) } else { came_with(&agent, "/v1/metrics") }
}

/// The headers that the request for this path came with.
fn came_with(agent: &Agent, path: &str) -> Result<(), Failed> {
    let requests = agent.otlp("requests")?;
    let is_it = |request: &&Value| request["url"].as_str().is_some_and(|url| url.ends_with(path));
    let request = requests.iter().find(is_it).ok_or_else(|| format!("nothing came for {path}: {requests:#?}"))?;
    let headers = request["headers"].as_object().ok_or("no headers")?;
    let header = |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str();
    for (name, value) in [("x-tenant", "tea"), ("content-type", "application/x-protobuf"), ("content-encoding", "gzip")]
    {
        same(name, header(name), Some(value))?;
    }
    let agent = header("user-agent").unwrap_or_default();
    same("user-agent", agent.starts_with("arc-obs/"), true)
}

/// The value of an attribute, whatever its type.
fn attribute<'a>(of: &'a Value, name: &str) -> Option<&'a Value> {
    let attributes = of["attributes"].as_array()?;
    attributes.iter().find(|attribute| attribute["key"] == name)?["value"].as_object()?.values().next()
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
