//! Traces as New Relic is sent them, to a receiver of OTLP that shows the headers.

use std::time::Duration;

use arc_obs::{apm, track_agent};
use libtest_mimic::Failed;

use crate::ServerTest;
use crate::datadog::same;
use crate::receivers::Agent;

pub(crate) const TESTS: [ServerTest; 1] =
    [ServerTest { name: "new_relic_is_sent_the_key_and_the_spans", needs: "ddapm-test-agent", run: key }];

const KEY: &str = "9f86d081884c7d659a2feaa0c55ad0155ad0NRAL";

#[track_agent("nr_researcher")]
fn research() {}

fn key() -> Result<(), Failed> {
    let agent = Agent::start()?;
    let newrelic = apm::newrelic().license_key(KEY).endpoint(format!("http://{}", agent.otlp_http()));
    let obs = arc_obs::builder().service_name("nr-shop").no_server().apm(newrelic).install()?;
    research();
    obs.shutdown_blocking(Duration::from_secs(10))?;

    let requests = agent.0.until("a request", || agent.otlp("requests").ok().filter(|found| !found.is_empty()))?;
    let headers = requests[0]["headers"].as_object().ok_or("no headers")?;
    let header = |name: &str| headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name))?.1.as_str();
    same("api-key", header("api-key"), Some(KEY))?;
    same("encoding", header("content-encoding"), Some("gzip"))?;
    let traces = agent.otlp("traces")?;
    let text = serde_json::to_string(&traces)?;
    same("its span", text.contains("invoke_agent nr_researcher") && text.contains("nr-shop"), true)
}
