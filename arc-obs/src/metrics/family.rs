//! One Prometheus family = one collector with one `Desc` (invariant 9).
//!
//! A family owns its children by label values and hands out `&'static` cells:
//! two functions with equal labels get the same cell, so one series carries
//! their sum. Beside the labels of the catalogue it has those that functions of its kind
//! declare anywhere in the program; what a function does not name is empty. The locks here are taken when a handle is first resolved and at a
//! scrape, never per call.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use prometheus::core::{Collector, Desc};
use prometheus::proto;

use super::catalog;
use super::cells::{Counter, FloatGauge, FloatHistogram, Gauge, Histogram};
use crate::labels::LabelSet;

/// What the catalogue says of one family.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
    pub(crate) labels: &'static [&'static str],
    /// Upper bounds in nanoseconds, ascending, for a histogram; empty otherwise.
    pub(crate) buckets: &'static [u64],
    /// Upper bounds, ascending, for a histogram of the user's own.
    pub(crate) bounds: &'static [f64],
    /// How many of the stored integer make one on the page.
    pub(crate) per_one: f64,
}

/// The most labels a family of the catalogue has.
pub(crate) const MOST_LABELS: usize = 3;

/// Label values in the order of the family's label names; unused places are empty.
pub(crate) type LabelValues = [&'static str; MOST_LABELS];

/// A family of the catalogue: its specification and its children.
pub(crate) struct Family<C: Cell> {
    spec: &'static Spec,
    /// The names of the user's own labels, in order.
    own_labels: Vec<&'static str>,
    desc: Desc,
    children: RwLock<HashMap<(LabelValues, LabelSet), &'static C>>,
}

impl<C: Cell> Family<C> {
    pub(crate) fn new(spec: &'static Spec) -> Self {
        Self::with_labels(spec, catalog::own_labels(spec.labels))
    }

    /// A family with these labels of the user's own.
    pub(crate) fn with_labels(spec: &'static Spec, own_labels: Vec<&'static str>) -> Self {
        let labels = spec.labels.iter().chain(&own_labels).map(ToString::to_string).collect();
        let desc = Desc::new(spec.name.to_owned(), spec.help.to_owned(), labels, HashMap::new())
            .expect("names are valid: a test proves it for the catalogue, and the macros check the user's");
        Self { spec, own_labels, desc, children: RwLock::new(HashMap::new()) }
    }

    pub(crate) fn spec(&self) -> &'static Spec {
        self.spec
    }

    /// The cell of these label values, made at zero where it did not exist.
    pub(crate) fn child<const N: usize>(&self, values: [&'static str; N]) -> &'static C {
        self.child_with(&[], values)
    }

    /// The same, with labels of the user's own.
    pub(crate) fn child_with<const N: usize>(&self, labels: LabelSet, values: [&'static str; N]) -> &'static C {
        debug_assert_eq!(N, self.spec.labels.len(), "{}", self.spec.name);
        let mut named: LabelValues = [""; MOST_LABELS];
        for (place, value) in named.iter_mut().zip(values) {
            *place = value;
        }
        let key = (named, labels);
        if let Some(cell) = self.children.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return cell;
        }
        let mut children = self.children.write().unwrap_or_else(PoisonError::into_inner);
        children.entry(key).or_insert_with(|| Box::leak(Box::new(C::at_zero(self.spec))))
    }

    fn metrics(&self) -> Vec<proto::Metric> {
        let children = self.children.read().unwrap_or_else(PoisonError::into_inner);
        children
            .iter()
            .map(|((values, labels), cell)| {
                let own_value = |name: &str| labels.iter().find(|label| label.0 == name).map_or("", |label| label.1);
                let own = self.own_labels.iter().map(|name| (*name, own_value(name)));
                // A library that was loaded later may name more: without them two series would be one.
                let more = labels.iter().copied().filter(|label| !self.own_labels.contains(&label.0));
                let pairs = self.spec.labels.iter().copied().zip(values.iter().copied()).chain(own).chain(more);
                let mut pairs: Vec<_> = pairs.map(|(name, value)| label_pair(name, value)).collect();
                // By name, as every client library writes them.
                pairs.sort_by(|a, b| a.name().cmp(b.name()));
                let mut metric = proto::Metric::from_label(pairs);
                cell.export(self.spec, &mut metric);
                metric
            })
            .collect()
    }
}

impl Family<Counter> {
    /// The sum over all children.
    pub(crate) fn total(&self) -> u64 {
        let children = self.children.read().unwrap_or_else(PoisonError::into_inner);
        children.values().map(|counter| counter.get()).sum()
    }
}

/// What registers with a `prometheus::Registry`: a reference to a family.
pub(crate) struct FamilyCollector<C: Cell>(pub(crate) &'static Family<C>);

impl<C: Cell> Collector for FamilyCollector<C> {
    fn desc(&self) -> Vec<&Desc> {
        vec![&self.0.desc]
    }

    fn collect(&self) -> Vec<proto::MetricFamily> {
        vec![metric_family(self.0.spec.name, self.0.spec.help, C::TYPE, self.0.metrics())]
    }
}

/// One family of a scrape.
pub(crate) fn metric_family(
    name: &str,
    help: &str,
    kind: proto::MetricType,
    metrics: Vec<proto::Metric>,
) -> proto::MetricFamily {
    let mut family = proto::MetricFamily::default();
    family.set_name(name.to_owned());
    family.set_help(help.to_owned());
    family.set_field_type(kind);
    family.set_metric(metrics);
    family
}

/// One `name="value"` of a series.
pub(crate) fn label_pair(name: &str, value: &str) -> proto::LabelPair {
    let mut pair = proto::LabelPair::default();
    pair.set_name(name.to_owned());
    pair.set_value(value.to_owned());
    pair
}

/// A stored number that knows its Prometheus form.
pub(crate) trait Cell: Send + Sync + Sized + 'static {
    const TYPE: proto::MetricType;
    fn at_zero(spec: &'static Spec) -> Self;
    fn export(&self, spec: &Spec, metric: &mut proto::Metric);
}

// Prometheus numbers are floats: exact up to 2^53, which its own clients accept too.
#[expect(clippy::cast_precision_loss, reason = "the exposition format has floats only")]
impl Cell for Counter {
    const TYPE: proto::MetricType = proto::MetricType::COUNTER;

    fn at_zero(_: &'static Spec) -> Self {
        Self::default()
    }

    fn export(&self, spec: &Spec, metric: &mut proto::Metric) {
        let mut counter = proto::Counter::default();
        counter.set_value(self.get() as f64 / spec.per_one);
        metric.set_counter(counter);
    }
}

#[expect(clippy::cast_precision_loss, reason = "the exposition format has floats only")]
impl Cell for Gauge {
    const TYPE: proto::MetricType = proto::MetricType::GAUGE;

    fn at_zero(_: &'static Spec) -> Self {
        Self::default()
    }

    fn export(&self, spec: &Spec, metric: &mut proto::Metric) {
        let mut gauge = proto::Gauge::default();
        gauge.set_value(self.get() as f64 / spec.per_one);
        metric.set_gauge(gauge);
    }
}

#[expect(clippy::cast_precision_loss, reason = "the exposition format has floats only")]
impl Cell for Histogram {
    const TYPE: proto::MetricType = proto::MetricType::HISTOGRAM;

    fn at_zero(spec: &'static Spec) -> Self {
        Self::new(spec.buckets)
    }

    fn export(&self, spec: &Spec, metric: &mut proto::Metric) {
        let snapshot = self.snapshot();
        let mut cumulative = 0;
        let buckets = spec
            .buckets
            .iter()
            .zip(&snapshot.buckets)
            .map(|(bound, count)| {
                cumulative += count;
                let mut bucket = proto::Bucket::default();
                // A correctly rounded division: 5 ms reads `0.005`.
                bucket.set_upper_bound(*bound as f64 / 1e9);
                bucket.set_cumulative_count(cumulative);
                bucket
            })
            .collect();
        let mut histogram = proto::Histogram::default();
        histogram.set_bucket(buckets);
        histogram.set_sample_count(snapshot.count());
        histogram.set_sample_sum(snapshot.sum_nanos as f64 / spec.per_one);
        metric.set_histogram(histogram);
    }
}

impl Cell for FloatGauge {
    const TYPE: proto::MetricType = proto::MetricType::GAUGE;

    fn at_zero(_: &'static Spec) -> Self {
        Self::default()
    }

    fn export(&self, _: &Spec, metric: &mut proto::Metric) {
        let mut gauge = proto::Gauge::default();
        gauge.set_value(self.get());
        metric.set_gauge(gauge);
    }
}

impl Cell for FloatHistogram {
    const TYPE: proto::MetricType = proto::MetricType::HISTOGRAM;

    fn at_zero(spec: &'static Spec) -> Self {
        Self::new(spec.bounds)
    }

    fn export(&self, spec: &Spec, metric: &mut proto::Metric) {
        let (counts, sum) = self.snapshot();
        let mut cumulative = 0;
        let buckets = spec.bounds.iter().zip(&counts).map(|(bound, count)| {
            cumulative += count;
            let mut bucket = proto::Bucket::default();
            bucket.set_upper_bound(*bound);
            bucket.set_cumulative_count(cumulative);
            bucket
        });
        let mut histogram = proto::Histogram::default();
        histogram.set_bucket(buckets.collect());
        histogram.set_sample_count(counts.iter().sum());
        histogram.set_sample_sum(sum);
        metric.set_histogram(histogram);
    }
}
