//! What belongs to the process: its resident set, read at each scrape, and the
//! counts of `self_telemetry` as `arc_obs_*` families.

use std::collections::HashMap;

use prometheus::core::{Collector, Desc};
use prometheus::proto::{self, MetricType};

use super::catalog::{
    COSTS_REFUSED, DROPPED, FIELD_LOSSES, HIT_PANICS, LABEL_OVERFLOWS, MEMORY, NAME_PANICS, Named,
    PRICE_RELOAD_FAILURES, SATURATED, SCRAPE_ERRORS, SERVER_REFUSALS, SERVER_UP, STATUS_PANICS, STREAMS_UNATTRIBUTED,
    USAGE_FLAWS, USAGE_UNATTRIBUTED,
};
#[cfg(feature = "traces")]
use super::catalog::{EXPORT_ACCEPTED, EXPORT_DELIVERED, EXPORT_DROPPED, HEADERS_REFUSED};
use super::family::{label_pair, metric_family};
use super::own;
use crate::labels;
#[cfg(feature = "traces")]
use crate::self_telemetry::{self, SpanDrop};
use crate::self_telemetry::{LabelOverflow, SelfTelemetry};

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
        #[cfg_attr(not(feature = "traces"), expect(unused_mut, reason = "there are more with traces"))]
        let mut descs = vec![
            desc(MEMORY, &[]),
            desc(SERVER_UP, &[]),
            desc(SCRAPE_ERRORS, &[]),
            desc(SERVER_REFUSALS, reason),
            desc(USAGE_UNATTRIBUTED, &[]),
            desc(STREAMS_UNATTRIBUTED, &[]),
            desc(PRICE_RELOAD_FAILURES, &[]),
            desc(SATURATED, &[]),
            desc(LABEL_OVERFLOWS, reason),
            desc(DROPPED, &["signal", "reason"]),
            desc(USAGE_FLAWS, reason),
            desc(COSTS_REFUSED, reason),
            desc(HIT_PANICS, &[]),
            desc(FIELD_LOSSES, reason),
            desc(NAME_PANICS, &[]),
            desc(STATUS_PANICS, &[]),
        ];
        #[cfg(feature = "traces")]
        descs.extend([
            desc(EXPORT_ACCEPTED, &["exporter", "signal"]),
            desc(EXPORT_DELIVERED, &["exporter", "signal"]),
            desc(EXPORT_DROPPED, &["exporter", "reason", "signal"]),
            desc(HEADERS_REFUSED, &["header"]),
        ]);
        Self { health, descs }
    }
}

impl Collector for ProcessCollector {
    fn desc(&self) -> Vec<&Desc> {
        self.descs.iter().collect()
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        let counts = self.health.counts();
        // A program without labels of its own has nothing to say of them.
        let can_happen = |reason: &LabelOverflow| {
            !reason.is_of_declared_labels() || labels::is_any_declared() || own::is_any_declared()
        };
        let overflows = counts.label_overflows.into_iter().filter(|(reason, _)| can_happen(reason));
        let overflows = overflows.map(|(reason, n)| counter(Some(reason.as_str()), n)).collect();
        let flaws = counts.usage_flaws.map(|(flaw, n)| counter(Some(flaw.as_str()), n));
        let dropped = counts.terminal_drops.map(|(reason, n)| {
            let labels = [label_pair("reason", reason.as_str()), label_pair("signal", "terminal")];
            labelled(labels.into(), n)
        });
        let mut dropped = Vec::from(dropped);
        if own::is_any_declared() {
            let labels = [label_pair("reason", "not_finite"), label_pair("signal", "metrics")];
            dropped.push(labelled(labels.into(), counts.not_finite));
        }
        let refusals = counts.server_refusals.map(|(why, n)| counter(Some(why.as_str()), n));
        let refused = counts.costs_refused.map(|(reason, n)| counter(Some(reason.as_str()), n));
        let field_losses = counts.field_losses.map(|(reason, n)| counter(Some(reason.as_str()), n));
        let mut families = vec![
            family(SERVER_UP, MetricType::GAUGE, vec![gauge(counts.server_up)]),
            family(SCRAPE_ERRORS, MetricType::COUNTER, vec![counter(None, counts.scrape_errors)]),
            family(SERVER_REFUSALS, MetricType::COUNTER, refusals.into()),
            family(USAGE_UNATTRIBUTED, MetricType::COUNTER, vec![counter(None, counts.usage_unattributed)]),
            family(STREAMS_UNATTRIBUTED, MetricType::COUNTER, vec![counter(None, counts.streams_unattributed)]),
            family(PRICE_RELOAD_FAILURES, MetricType::COUNTER, vec![counter(None, counts.price_reload_failures)]),
            family(SATURATED, MetricType::COUNTER, vec![counter(None, counts.saturated)]),
            family(LABEL_OVERFLOWS, MetricType::COUNTER, overflows),
            family(USAGE_FLAWS, MetricType::COUNTER, flaws.into()),
            family(DROPPED, MetricType::COUNTER, dropped),
            family(COSTS_REFUSED, MetricType::COUNTER, refused.into()),
            family(HIT_PANICS, MetricType::COUNTER, vec![counter(None, counts.hit_panics)]),
            family(FIELD_LOSSES, MetricType::COUNTER, field_losses.into()),
            family(NAME_PANICS, MetricType::COUNTER, vec![counter(None, counts.name_panics)]),
            family(STATUS_PANICS, MetricType::COUNTER, vec![counter(None, counts.status_panics)]),
        ];
        // Unknown is absent, never 0: a platform may not tell.
        #[cfg(feature = "traces")]
        families.extend(exports());
        #[cfg(feature = "traces")]
        families.extend(headers_refused());
        if let Some(memory) = resident_set() {
            let bytes = u64::try_from(memory).unwrap_or(u64::MAX);
            families.push(family(MEMORY, MetricType::GAUGE, vec![gauge(bytes)]));
        }
        families
    }
}

/// What became of spans: of the process's queue, and of each exporter that there was. Reasons
/// that never occurred are left out, and a program that exports nothing shows none of it.
#[cfg(feature = "traces")]
fn exports() -> Vec<proto::MetricFamily> {
    let exporters = self_telemetry::exporters();
    let (queued, handed_out, lost) = self_telemetry::spans();
    if exporters.is_empty() && queued == 0 {
        return Vec::new();
    }
    let labels = |signal, exporter, reason: Option<&str>| {
        let mut labels = vec![label_pair("exporter", exporter)];
        labels.extend(reason.map(|reason| label_pair("reason", reason)));
        labels.push(label_pair("signal", signal));
        labels
    };
    let mut accepted = vec![labelled(labels("traces", "queue", None), queued)];
    let mut delivered = vec![labelled(labels("traces", "queue", None), handed_out)];
    let drops = |signal, exporter, drops: [(SpanDrop, u64); SpanDrop::ALL.len()]| {
        let some = drops.into_iter().filter(|(_, n)| *n > 0);
        some.map(|(reason, n)| labelled(labels(signal, exporter, Some(reason.as_str())), n)).collect::<Vec<_>>()
    };
    let mut dropped = drops("traces", "queue", lost);
    for counts in exporters {
        let (given, done, lost) = counts.read();
        accepted.push(labelled(labels(counts.signal, counts.exporter, None), given));
        delivered.push(labelled(labels(counts.signal, counts.exporter, None), done));
        dropped.extend(drops(counts.signal, counts.exporter, lost));
    }
    let all = [(EXPORT_ACCEPTED, accepted), (EXPORT_DELIVERED, delivered), (EXPORT_DROPPED, dropped)];
    let some = all.into_iter().filter(|(_, metrics)| !metrics.is_empty());
    some.map(|(named, metrics)| family(named, MetricType::COUNTER, metrics)).collect()
}

/// Headers that were not taken over; a program that was sent none of those shows nothing.
#[cfg(feature = "traces")]
fn headers_refused() -> Option<proto::MetricFamily> {
    let some = self_telemetry::headers_refused().into_iter().filter(|(_, n)| *n > 0);
    let metrics: Vec<_> = some.map(|(header, n)| labelled(vec![label_pair("header", header.as_str())], n)).collect();
    (!metrics.is_empty()).then(|| family(HEADERS_REFUSED, MetricType::COUNTER, metrics))
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
