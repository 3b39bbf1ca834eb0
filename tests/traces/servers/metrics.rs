//! Metrics over OTLP to a store that is not ours, and asked for in PromQL.

use std::collections::BTreeMap;
use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::prometheus::proto::Metric;
use arc_obs::{Usage, track_agent, track_llm, track_tool};
use arc_obs_tests::page;
use libtest_mimic::Failed;

use crate::ServerTest;
use crate::datadog::same;
use crate::receivers::Metrics;

pub(crate) const TESTS: [ServerTest; 1] =
    [ServerTest { name: "victoria_metrics_has_what_the_program_counted", needs: "victoria-metrics", run: counted }];

#[track_agent("vm_researcher")]
fn research(input: u64, fail: bool) -> Result<(), std::fmt::Error> {
    search();
    ask(input);
    if fail { Err(std::fmt::Error) } else { Ok(()) }
}

#[track_agent("vm_writer")]
fn write() {
    summarise();
}

#[track_tool("vm_search", cost = 0.005)]
fn search() {}

#[track_llm(model = "gpt-4o-mini", usage = |used| *used)]
fn ask(input: u64) -> Usage {
    Usage::new(input, 200)
}

#[track_llm(model = "claude-sonnet-4-5", usage = |_| Usage::new(50, 7))]
fn summarise() {}

fn counted() -> Result<(), Failed> {
    let victoria = Metrics::start()?;
    // The receiver's whole address, as `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` would have it, ends
    // with what is put behind each address.
    let base = victoria.url().trim_end_matches("/v1/metrics").to_owned();
    let otlp = Otlp::http(base).gzip();
    let obs = arc_obs::builder().service_name("vm-shop").no_server().otlp_metrics(otlp).install()?;
    for (input, fail) in [(1_000, false), (1_000, true), (1_000, false), (20_000, false)] {
        let _ = research(input, fail);
    }
    (0..5).for_each(|_| write());
    obs.shutdown_blocking(Duration::from_secs(10))?;

    // A series is found a moment after it was taken.
    victoria.0.until("the metrics", || victoria.query("arc_agent_executions_total{agent_name=\"vm_writer\"}"))?;
    // Every series of these, whoever recorded it in this process.
    for (family, label) in [
        ("arc_agent_executions_total", "agent_name"),
        ("arc_agent_tokens_total", "agent_name"),
        ("arc_agent_cost_dollars_total", "agent_name"),
        ("arc_llm_calls_total", "model"),
        ("arc_llm_tokens_total", "model"),
        ("arc_llm_cost_dollars", "model"),
        ("arc_tool_calls_total", "tool"),
    ] {
        let found = victoria.query_by(&format!("sum by ({label}) ({family})"), label);
        close(family, &found, &by(family, label, |metric| metric.get_counter().get_value()))?;
    }
    for (family, label) in [
        ("arc_agent_duration_seconds", "agent_name"),
        ("arc_llm_duration_seconds", "model"),
        ("arc_tool_duration_seconds", "tool"),
    ] {
        let counts = victoria.query_by(&format!("sum by ({label}) ({family}_count)"), label);
        #[expect(clippy::cast_precision_loss, reason = "a few calls")]
        let calls = by(family, label, |metric| metric.get_histogram().get_sample_count() as f64);
        close(family, &counts, &calls)?;
        let sums = victoria.query_by(&format!("sum by ({label}) ({family}_sum)"), label);
        close(family, &sums, &by(family, label, |metric| metric.get_histogram().get_sample_sum()))?;
        let quantile = format!("histogram_quantile(0.9, sum by (le, {label}) ({family}_bucket))");
        let mut quantiles = by(family, label, |metric| quantile_of(metric, 0.9));
        quantiles.retain(|_, quantile| !quantile.is_nan());
        close(&quantile, &victoria.query_by(&quantile, label), &quantiles)?;
    }
    // Those of this test: 4 and 5 calls.
    let executions = victoria.query_by("sum by (agent_name) (arc_agent_executions_total)", "agent_name");
    same("executions", [executions.get("vm_researcher"), executions.get("vm_writer")], [Some(&4.0), Some(&5.0)])?;
    for (promql, expected) in [
        ("arc_agent_executions_total{agent_name=\"vm_researcher\",status=\"error\"}", 1.0),
        ("sum(arc_agent_tokens_total{agent_name=\"vm_researcher\",type=\"prompt\"})", 23_000.0),
        // 23000 tokens at $0.15 and 800 at $0.60 per million, and 4 searches.
        ("arc_agent_cost_dollars_total{agent_name=\"vm_researcher\"}", 0.003_93 + 0.02),
        // What says whose they are.
        ("arc_agent_executions_total{service\\.name=\"vm-shop\",agent_name=\"vm_writer\",status=\"success\"}", 5.0),
        // Three of 1000 tokens between 256 and 1024, and one of 20000 between 16384 and 65536.
        (&tokens(0.5, "input"), 256.0 + 768.0 * 2.0 / 3.0),
        (&tokens(0.9, "input"), 16_384.0 + 49_152.0 * 0.6),
        (&tokens(0.5, "output"), 64.0 + 192.0 * 0.5),
    ] {
        match victoria.query(promql) {
            Some(found) if (found - expected).abs() < 1e-9 * expected.abs() => {}
            found => return Err(format!("{promql}: {found:?} instead of {expected}").into()),
        }
    }
    let counts =
        |what: &str| page::sum(&format!("arc_obs_export_{what}_total"), &[("exporter", "otlp"), ("signal", "metrics")]);
    if counts("delivered") < 1.0 {
        return Err("no data point was delivered".into());
    }
    same("lost", (counts("accepted") - counts("delivered"), counts("dropped")), (0.0, 0.0))
}

/// A quantile of the tokens of this test's first model.
fn tokens(quantile: f64, kind: &str) -> String {
    let labels = format!("gen_ai\\.request\\.model=\"gpt-4o-mini\",gen_ai\\.token\\.type=\"{kind}\"");
    format!("histogram_quantile({quantile}, sum by (le) ({{__name__=\"gen_ai.client.token.usage_bucket\",{labels}}}))")
}

/// As PromQL has it: on the line between the two bounds that it is between; nothing of nothing.
#[expect(clippy::cast_precision_loss, reason = "a few calls")]
fn quantile_of(metric: &Metric, quantile: f64) -> f64 {
    let histogram = metric.get_histogram();
    let rank = quantile * histogram.get_sample_count() as f64;
    let (mut lower, mut before) = (0.0, 0.0);
    for bucket in histogram.get_bucket() {
        let (upper, until) = (bucket.upper_bound(), bucket.cumulative_count() as f64);
        if until >= rank {
            return lower + (upper - lower) * (rank - before) / (until - before);
        }
        (lower, before) = (upper, until);
    }
    // Beyond the last bound, that is all that is known.
    lower
}

/// What the program itself counted, summed by a label.
fn by(family: &str, label: &str, number: impl Fn(&Metric) -> f64) -> BTreeMap<String, f64> {
    let mut sums = BTreeMap::new();
    for metric in page::family(family).iter().flat_map(|family| family.get_metric()) {
        let value = metric.get_label().iter().find(|pair| pair.name() == label).map(|pair| pair.value());
        *sums.entry(value.unwrap_or_default().to_owned()).or_insert(0.0) += number(metric);
    }
    sums
}

/// The same keys, and the same numbers but for the order in which they were added.
fn close(what: &str, found: &BTreeMap<String, f64>, expected: &BTreeMap<String, f64>) -> Result<(), Failed> {
    let is_close = |(found, expected): (&f64, &f64)| (found - expected).abs() <= 1e-9 * expected.abs();
    if !expected.is_empty() && found.keys().eq(expected.keys()) && found.values().zip(expected.values()).all(is_close) {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {expected:?}").into())
}
