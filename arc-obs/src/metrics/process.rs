//! What belongs to the process: its resident set, read at each scrape, and the
//! counts of `self_telemetry` as `arc_obs_*` families.

use std::collections::HashMap;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{self, MetricType};

use super::catalog::{
    COSTS_REFUSED, DROPPED, HIT_PANICS, LABEL_OVERFLOWS, MEMORY, Named, PRICE_RELOAD_FAILURES, SATURATED,
    SCRAPE_ERRORS, SERVER_REFUSALS, SERVER_UP, USAGE_FLAWS, USAGE_UNATTRIBUTED,
};
use super::family::{label_pair, metric_family};
use crate::self_telemetry::SelfTelemetry;

/// Reads the process and our own counts at each scrape.
pub(crate) struct ProcessCollector {
    health: &'static SelfTelemetry,
    descs: Vec<Desc>,
}

impl ProcessCollector {
    pub(crate) fn new(health: &'static SelfTelemetry) -> Self {
        let desc = |(name, help): Named, labels: &[&str]| {
            let labels = labels.iter().map(ToString::to_string).collect();
            Desc::new(name.to_owned(), help.to_owned(), labels, HashMap::new()).expect("constant names are valid")
        };
        let reason = &["reason"];
        Self {
            health,
            descs: vec![
                desc(MEMORY, &[]),
                desc(SERVER_UP, &[]),
                desc(SCRAPE_ERRORS, &[]),
                desc(SERVER_REFUSALS, reason),
                desc(USAGE_UNATTRIBUTED, &[]),
                desc(PRICE_RELOAD_FAILURES, &[]),
                desc(SATURATED, &[]),
                desc(LABEL_OVERFLOWS, reason),
                desc(DROPPED, &["signal", "reason"]),
                desc(USAGE_FLAWS, reason),
                desc(COSTS_REFUSED, reason),
                desc(HIT_PANICS, &[]),
            ],
        }
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.descs.iter().collect()
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let counts = self.health.counts();
        let overflows = counts.label_overflows.map(|(reason, n)| counter(Some(reason.as_str()), n));
        let flaws = counts.usage_flaws.map(|(flaw, n)| counter(Some(flaw.as_str()), n));
        let dropped = counts.terminal_drops.map(|(reason, n)| {
            let labels = [label_pair("reason", reason.as_str()), label_pair("signal", "terminal")];
            labelled(labels.into(), n)
        });
        let refusals = counts.server_refusals.map(|(why, n)| counter(Some(why.as_str()), n));
        let refused = counts.costs_refused.map(|(reason, n)| counter(Some(reason.as_str()), n));
        let mut families = vec![
            family(SERVER_UP, MetricType::GAUGE, vec![gauge(counts.server_up)]),
            family(SCRAPE_ERRORS, MetricType::COUNTER, vec![counter(None, counts.scrape_errors)]),
            family(SERVER_REFUSALS, MetricType::COUNTER, refusals.into()),
            family(USAGE_UNATTRIBUTED, MetricType::COUNTER, vec![counter(None, counts.usage_unattributed)]),
            family(PRICE_RELOAD_FAILURES, MetricType::COUNTER, vec![counter(None, counts.price_reload_failures)]),
            family(SATURATED, MetricType::COUNTER, vec![counter(None, counts.saturated)]),
            family(LABEL_OVERFLOWS, MetricType::COUNTER, overflows.into()),
            family(USAGE_FLAWS, MetricType::COUNTER, flaws.into()),
            family(DROPPED, MetricType::COUNTER, dropped.into()),
            family(COSTS_REFUSED, MetricType::COUNTER, refused.into()),
            family(HIT_PANICS, MetricType::COUNTER, vec![counter(None, counts.hit_panics)]),
        ];
        // Unknown is absent, never 0: a platform may not tell.
        if let Some(memory) = resident_set() {
            let bytes = u64::try_from(memory).unwrap_or(u64::MAX);
            families.push(family(MEMORY, MetricType::GAUGE, vec![gauge(bytes)]));
        }
        families
    }
}

/// Bytes of memory that the process holds.
fn resident_set() -> Option<usize> {
    #[cfg(feature = "enabled")]
    return memory_stats::memory_stats().map(|memory| memory.physical_mem);
    #[cfg(not(feature = "enabled"))]
    None
}

fn family((name, help): Named, kind: MetricType, metrics: Vec<proto::Metric>) -> proto::MetricFamily {
    metric_family(name, help, kind, metrics)
}

fn counter(reason: Option<&str>, value: u64) -> proto::Metric {
    labelled(reason.map(|reason| label_pair("reason", reason)).into_iter().collect(), value)
}

#[expect(clippy::cast_precision_loss, reason = "the exposition format has floats only")]
fn labelled(labels: Vec<proto::LabelPair>, value: u64) -> proto::Metric {
    let mut metric = proto::Metric::from_label(labels);
    let mut counter = proto::Counter::default();
    counter.set_value(value as f64);
    metric.set_counter(counter);
    metric
}

#[expect(clippy::cast_precision_loss, reason = "the exposition format has floats only")]
fn gauge(value: u64) -> proto::Metric {
    let mut gauge = proto::Gauge::default();
    gauge.set_value(value as f64);
    let mut metric = proto::Metric::from_label(Vec::new());
    metric.set_gauge(gauge);
    metric
}
