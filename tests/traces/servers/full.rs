//! Traces as Phoenix and MLflow take them: the tree, the tokens, and what they say that it cost.
//! They take a while to install and to start, and so are asked only with `ARC_OBS_E2E=full`.

use std::collections::BTreeMap;
use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::{Conventions, Usage, track_agent, track_llm, track_tool};
use arc_obs_tests::page;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::ServerTest;
use crate::datadog::same;
use crate::receivers::{Mlflow, Phoenix};

pub(crate) const TESTS: [ServerTest; 2] = [
    ServerTest { name: "phoenix_has_the_tree_with_tokens_and_our_cost", needs: "phoenix", run: phoenix },
    ServerTest { name: "mlflow_has_the_tree_with_tokens_and_our_cost", needs: "mlflow", run: mlflow },
];

#[track_agent("full_researcher")]
fn research() -> Result<(), std::io::Error> {
    plan();
    search()
}

#[track_agent("full_planner")]
fn plan() {
    ask();
}

#[track_tool("full_search")]
fn search() -> Result<(), std::io::Error> {
    Err(std::io::Error::other("no index"))
}

#[track_llm(model = "gpt-4o", provider = "openai", usage = |_| Usage::new(1_000, 500).cache_read(400))]
fn ask() {}

/// MLflow takes its time for its first trace.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends a trace with these names; what it cost, as the program counted it.
fn send(otlp: Otlp, conventions: Conventions) -> Result<f64, Failed> {
    let cost = || page::sum("arc_agent_cost_dollars_total", &[("agent_name", "full_planner")]);
    let before = cost();
    let builder = arc_obs::builder().service_name("full-shop").no_server();
    let obs = builder.otlp(otlp.timeout(PATIENCE)).conventions(conventions).install()?;
    let _ = research();
    obs.shutdown_blocking(PATIENCE)?;
    Ok(cost() - before)
}

/// A span as a receiver shows it.
#[derive(Debug)]
struct Shown {
    trace: String,
    id: String,
    parent: String,
    kind: String,
    name: String,
    is_error: bool,
    message: String,
}

/// The tree, with the kinds that the receiver made of it: agent, tool and LLM call.
fn check(spans: &[Shown], [agent, tool, llm]: [&str; 3]) -> Result<(), Failed> {
    same("spans", spans.len(), 4)?;
    let named = |name: &str| {
        let found = spans.iter().find(|span| span.name == name);
        found.ok_or_else(|| Failed::from(format!("no {name} in {spans:#?}")))
    };
    let (root, inner) = (named("invoke_agent full_researcher")?, named("invoke_agent full_planner")?);
    for (span, parent, kind, is_error) in [
        (root, "", agent, true),
        (inner, &*root.id, agent, false),
        (named("chat gpt-4o")?, &*inner.id, llm, false),
        (named("execute_tool full_search")?, &*root.id, tool, true),
    ] {
        same(&format!("parent of {}", span.name), &*span.parent, parent)?;
        same(&format!("kind of {}", span.name), &*span.kind, kind)?;
        same(&format!("trace of {}", span.name), &span.trace, &root.trace)?;
        same(
            &format!("status of {}", span.name),
            (span.is_error, &*span.message),
            (is_error, if is_error { "no index" } else { "" }),
        )?;
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn dollars(what: &str, found: &Value, ours: f64) -> Result<(), Failed> {
    match found.as_f64() {
        Some(found) if (found - ours).abs() < 1e-9 => Ok(()),
        _ => Err(format!("{what}: {found} instead of {ours}").into()),
    }
}

fn phoenix() -> Result<(), Failed> {
    let phoenix = Phoenix::start()?;
    let http = Otlp::http(format!("http://{}", phoenix.0.address));
    let grpc = Otlp::grpc(format!("http://{}", phoenix.0.others[0]));
    let ours = [send(http.gzip(), Conventions::OpenInference)?, send(grpc.gzip(), Conventions::GenAi)?];
    // 600 tokens at $2.50, 400 of the cache's at $1.25 and 500 at $10 per million.
    for ours in ours {
        dollars("ours", &ours.into(), 0.007)?;
    }
    let project = phoenix.0.until("two traces and what they cost", || {
        let answer = phoenix.graphql(PROJECTS).ok()?;
        let project = &answer["data"]["projects"]["edges"][0]["node"];
        let is_whole = project["recordCount"] == 8 && project["costSummary"]["total"]["tokens"] == 3_000.0;
        is_whole.then(|| project.clone())
    })?;
    same("traces", &project["traceCount"], &2.into())?;
    for (what, tokens) in [("Prompt", 2_000.0), ("Completion", 1_000.0), ("Total", 3_000.0)] {
        same(what, &project[format!("tokenCount{what}")], &tokens.into())?;
    }
    dollars("all", &project["costSummary"]["total"]["cost"], ours.iter().sum())?;
    let nodes = project["spans"]["edges"].as_array().ok_or("no spans")?.iter().map(|edge| &edge["node"]);
    let nodes: Vec<_> = nodes.collect();
    for llm in nodes.iter().filter(|span| span["name"] == "chat gpt-4o") {
        same("tokens", [&llm["tokenCountPrompt"], &llm["tokenCountCompletion"]], [&1_000.into(), &500.into()])?;
        dollars("a call", &llm["costSummary"]["total"]["cost"], ours[0])?;
    }
    let shown = nodes.iter().map(|span| Shown {
        trace: text(&span["context"]["traceId"]),
        id: text(&span["context"]["spanId"]),
        parent: text(&span["parentId"]),
        kind: text(&span["spanKind"]),
        name: text(&span["name"]),
        is_error: span["statusCode"] == "ERROR",
        message: text(&span["statusMessage"]),
    });
    let mut traces: BTreeMap<String, Vec<Shown>> = BTreeMap::new();
    for span in shown {
        traces.entry(span.trace.clone()).or_default().push(span);
    }
    same("traces", traces.len(), 2)?;
    traces.values().try_for_each(|spans| check(spans, ["agent", "tool", "llm"]))
}

const PROJECTS: &str = "{ projects { edges { node {
    traceCount recordCount tokenCountTotal tokenCountPrompt tokenCountCompletion
    costSummary { total { cost tokens } }
    spans(first: 20) { edges { node {
        name parentId spanKind statusCode statusMessage tokenCountPrompt tokenCountCompletion
        context { traceId spanId } costSummary { total { cost } }
    } } }
} } } }";

fn mlflow() -> Result<(), Failed> {
    let mlflow = Mlflow::start()?;
    let otlp = Otlp::http(format!("http://{}", mlflow.0.address)).header("x-mlflow-experiment-id", "0");
    let ours = send(otlp.gzip(), Conventions::GenAi)?;
    let id = mlflow.0.until("a trace", || Some(text(mlflow.traces().ok()?.first()?.get("trace_id")?)))?;
    let trace = mlflow.trace(&id)?;
    let metadata = &trace["trace_info"]["trace_metadata"];
    let cost: Value = serde_json::from_str(&text(&metadata["mlflow.trace.cost"]))?;
    dollars("all", &cost["total_cost"], ours)?;
    let tokens: Value = serde_json::from_str(&text(&metadata["mlflow.trace.tokenUsage"]))?;
    for (what, count) in
        [("input_tokens", 1_000), ("output_tokens", 500), ("total_tokens", 1_500), ("cache_read_input_tokens", 400)]
    {
        same(what, &tokens[what], &count.into())?;
    }
    let shown = trace["spans"].as_array().ok_or("no spans")?.iter().map(|span| {
        let attributes = span["attributes"].as_array().into_iter().flatten();
        let kind = attributes.clone().find(|attribute| attribute["key"] == "mlflow.spanType");
        Shown {
            trace: text(&span["trace_id"]),
            id: text(&span["span_id"]),
            parent: text(&span["parent_span_id"]),
            kind: kind.map(|kind| text(&kind["value"]["string_value"])).unwrap_or_default(),
            name: text(&span["name"]),
            is_error: span["status"]["code"] == "STATUS_CODE_ERROR",
            message: text(&span["status"]["message"]),
        }
    });
    check(&shown.collect::<Vec<_>>(), ["AGENT", "TOOL", "CHAT_MODEL"])
}
