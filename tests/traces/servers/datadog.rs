//! Traces as Datadog's own agent for tests takes them.

use std::time::Duration;

use arc_obs::{Usage, apm, track_agent, track_llm, track_tool};
use arc_obs_tests::page;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::ServerTest;
use crate::receivers::Agent;

pub(crate) const TESTS: [ServerTest; 1] = [ServerTest {
    name: "datadogs_agent_has_the_tree_with_models_tokens_and_errors",
    needs: "ddapm-test-agent",
    run: tree,
}];

#[track_agent("dd_researcher")]
fn research(fail: bool) -> Result<(), std::fmt::Error> {
    search();
    tracing::info!(attempt = 2_u64, "asking");
    ask();
    if fail { Err(std::fmt::Error) } else { Ok(()) }
}

#[track_tool("dd_search")]
fn search() {}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500))]
fn ask() {}

fn tree() -> Result<(), Failed> {
    let agent = Agent::start()?;
    let url = format!("http://{}", agent.0.address);
    let obs = arc_obs::builder()
        .service_name("dd-shop")
        .service_version("1.2.3")
        .environment("staging")
        .no_server()
        .apm(apm::datadog().agent(url))
        .install()?;
    let _ = research(true);
    let _ = research(false);
    obs.shutdown_blocking(Duration::from_secs(10))?;

    let traces = agent.0.until("two traces", || agent.traces().ok().filter(|traces| traces.len() == 2))?;
    for (trace, failed) in traces.iter().zip([true, false]) {
        check(trace, failed)?;
    }
    let requests = agent.requests()?;
    same("requests", requests.len(), 1)?;
    for request in requests {
        let headers = request["headers"].as_object().ok_or("no headers")?;
        let header = |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str();
        for (name, value) in [("X-Datadog-Trace-Count", "2"), ("Datadog-Meta-Lang", "rust")] {
            same(name, header(name), Some(value))?;
        }
    }
    let delivered = page::value("arc_obs_export_delivered_total", &[("exporter", "datadog"), ("signal", "traces")]);
    same("delivered", delivered, Some(6.0))
}

/// An agent with a tool and an LLM call inside of it.
fn check(trace: &[Value], failed: bool) -> Result<(), Failed> {
    same("spans", trace.len(), 3)?;
    let named = |name: &str| {
        let found = trace.iter().find(|span| span["resource"] == name);
        found.ok_or_else(|| Failed::from(format!("no {name} in {trace:#?}")))
    };
    let agent = named("invoke_agent dd_researcher")?;
    let (llm, tool) = (named("chat gpt-4o")?, named("execute_tool dd_search")?);
    for (span, operation) in [(agent, "gen_ai.invoke_agent"), (llm, "gen_ai.chat"), (tool, "gen_ai.execute_tool")] {
        same("operation", &span["name"], &operation.into())?;
    }
    same("parent", &agent["parent_id"], &0.into())?;
    for inside in [llm, tool] {
        same("parent", &inside["parent_id"], &agent["span_id"])?;
        same("trace", &inside["trace_id"], &agent["trace_id"])?;
    }
    for span in trace {
        same("service", &span["service"], &"dd-shop".into())?;
        same("env", &span["meta"]["env"], &"staging".into())?;
        same("version", &span["meta"]["version"], &"1.2.3".into())?;
        same("priority", &span["metrics"]["_sampling_priority_v1"], &1.0.into())?;
    }
    same("input tokens", &llm["metrics"]["gen_ai.usage.input_tokens"], &1_000.0.into())?;
    same("output tokens", &llm["metrics"]["gen_ai.usage.output_tokens"], &500.0.into())?;
    same("kind", &llm["meta"]["span.kind"], &"client".into())?;
    same("top level", &agent["metrics"]["_dd.top_level"], &1.0.into())?;
    same("top level", &llm["metrics"]["_dd.top_level"], &Value::Null)?;
    same("error", &agent["error"], &i32::from(failed).into())?;
    same("error", &tool["error"], &0.into())?;
    if failed && !agent["meta"]["error.type"].is_string() {
        return Err(format!("no error type: {agent:#}").into());
    }
    let events: Value = serde_json::from_str(agent["meta"]["events"].as_str().unwrap_or_default())?;
    same("event", &events[0]["name"], &"asking".into())?;
    same("event", &events[0]["attributes"]["attempt"], &2.into())
}

/// That what was found is what was expected.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}: {found:?} instead of {expected:?}").into()) }
}
