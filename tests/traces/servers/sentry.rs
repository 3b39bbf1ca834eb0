//! Errors and traces as Sentry's own receiver for development takes them.

use std::time::Duration;

use arc_obs::{apm, track_agent, track_llm, track_tool};
use arc_obs_tests::page;
use libtest_mimic::Failed;
use serde_json::Value;

use crate::ServerTest;
use crate::datadog::same;
use crate::receivers::Spotlight;

pub(crate) const TESTS: [ServerTest; 1] = [ServerTest {
    name: "sentry_has_each_failure_once_with_breadcrumbs_and_the_trace",
    needs: "spotlight",
    run: failures,
}];

const KEY: &str = "9f86d081884c7d659a2feaa0c55ad015";

#[track_agent("sentry_researcher")]
fn research() -> Result<(), std::fmt::Error> {
    search();
    tracing::info!(attempt = 2_u64, "asking");
    tracing::debug!("not said");
    ask()
}

#[track_tool("sentry_search")]
fn search() {
    tracing::error!(status = 503_u64, "the index is gone");
}

#[track_llm(model = "gpt-4o", usage = none)]
fn ask() -> Result<(), std::fmt::Error> {
    Err(std::fmt::Error)
}

fn failures() -> Result<(), Failed> {
    let spotlight = Spotlight::start()?;
    let sentry = apm::sentry().dsn(spotlight.dsn(KEY)).traces_sample_rate(1.0);
    let obs = arc_obs::builder()
        .service_name("sentry-shop")
        .service_version("1.2.3")
        .environment("staging")
        .no_server()
        .apm(sentry)
        .install()?;
    let _ = research();
    obs.shutdown_blocking(Duration::from_secs(10))?;

    let of_kind = |envelopes: &[Value], kind: &str| -> Vec<Value> {
        let items = envelopes.iter().flat_map(|envelope| envelope[1].as_array().cloned().unwrap_or_default());
        items.filter(|item| item[0]["type"] == kind).map(|item| item[1].clone()).collect()
    };
    let envelopes = spotlight.envelopes(|envelopes| envelopes.len() >= 3)?;
    let (events, transactions) = (of_kind(&envelopes, "event"), of_kind(&envelopes, "transaction"));
    same("events and transactions", (events.len(), transactions.len()), (2, 1))?;

    // The failure of the model goes up through the agent, and is one.
    let (said, failed) = (&events[0], &events[1]);
    same("message", &said["message"], &"the index is gone".into())?;
    same("status", &said["extra"]["status"], &503.into())?;
    let exceptions = failed["exception"]["values"].as_array().ok_or("no exception")?;
    same("exceptions", exceptions.len(), 1)?;
    same("handled", &exceptions[0]["mechanism"]["handled"], &true.into())?;
    let crumbs = failed["breadcrumbs"]["values"].as_array().ok_or("no breadcrumbs")?;
    let crumbs: Vec<_> = crumbs.iter().map(|crumb| crumb["message"].as_str().unwrap_or_default()).collect();
    same("breadcrumbs", crumbs, vec!["the index is gone", "asking"])?;

    let transaction = &transactions[0];
    same("transaction", &transaction["transaction"], &"invoke_agent sentry_researcher".into())?;
    let root = &transaction["contexts"]["trace"];
    let spans = transaction["spans"].as_array().ok_or("no spans")?;
    let names: Vec<_> = spans.iter().map(|span| span["description"].as_str().unwrap_or_default()).collect();
    same("spans", names, vec!["execute_tool sentry_search", "chat gpt-4o"])?;
    for span in spans {
        same("parent", &span["parent_span_id"], &root["span_id"])?;
        same("trace", &span["trace_id"], &root["trace_id"])?;
    }
    same("operation", &spans[1]["op"], &"gen_ai.chat".into())?;
    same("failed where", &failed["contexts"]["trace"]["span_id"], &spans[1]["span_id"])?;
    for item in events.iter().chain(&transactions) {
        same("release", &item["release"], &"sentry-shop@1.2.3".into())?;
        same("environment", &item["environment"], &"staging".into())?;
        same("trace", &item["contexts"]["trace"]["trace_id"], &root["trace_id"])?;
    }
    let delivered = page::value("arc_obs_export_delivered_total", &[("exporter", "sentry"), ("signal", "traces")]);
    same("delivered", delivered, Some(3.0))
}
