//! From what a scrape would see, and the metrics of the GenAI conventions, to messages of OTLP.
//!
//! Everything here is cumulative. The names stay as they are on the page, so that a query works
//! on both; labels become attributes.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::summary_data_point::ValueAtQuantile;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, Gauge, Histogram, HistogramDataPoint, Metric, NumberDataPoint, ResourceMetrics,
    ScopeMetrics, Sum, Summary, SummaryDataPoint,
};
use prometheus::proto::{self, MetricFamily, MetricType};

use crate::export::otlp;
use crate::metrics::genai::Series;
use crate::settings::Resource;

/// From when on is counted, and until when, in nanoseconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) start: u64,
    pub(super) now: u64,
}

/// One message with all of it.
pub(super) fn request(metrics: Vec<Metric>, resource: &Resource) -> ExportMetricsServiceRequest {
    let scope = InstrumentationScope {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        ..InstrumentationScope::default()
    };
    ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(otlp::encode::resource(resource)),
            scope_metrics: vec![ScopeMetrics { scope: Some(scope), metrics, schema_url: String::new() }],
            schema_url: String::new(),
        }],
    }
}

/// What a scrape would see.
pub(super) fn families(families: &[MetricFamily], span: Span) -> Vec<Metric> {
    families.iter().filter_map(|family| self::family(family, span)).collect()
}

/// The metrics of the GenAI conventions, those of one name together.
pub(super) fn genai(series: Vec<Series>, span: Span) -> Vec<Metric> {
    let mut by_name: BTreeMap<&'static str, Metric> = BTreeMap::new();
    for Series { row, attributes, counts, sum } in series {
        let metric = by_name.entry(row.name).or_insert_with(|| Metric {
            name: row.name.to_owned(),
            description: row.help.to_owned(),
            unit: row.unit.to_owned(),
            data: Some(Data::Histogram(Histogram {
                data_points: Vec::new(),
                aggregation_temporality: AggregationTemporality::Cumulative.into(),
            })),
            ..Metric::default()
        });
        let Some(Data::Histogram(histogram)) = &mut metric.data else { continue };
        histogram.data_points.push(HistogramDataPoint {
            attributes: attributes.into_iter().map(|(name, value)| attribute(name, value)).collect(),
            start_time_unix_nano: span.start,
            time_unix_nano: span.now,
            count: counts.iter().sum(),
            sum: Some(float(sum) / row.per_one),
            explicit_bounds: row.buckets.iter().map(|bound| float(*bound) / row.per_one).collect(),
            bucket_counts: counts,
            ..HistogramDataPoint::default()
        });
    }
    by_name.into_values().collect()
}

fn family(family: &MetricFamily, span: Span) -> Option<Metric> {
    let cumulative = AggregationTemporality::Cumulative.into();
    let all = family.get_metric();
    let data = match family.get_field_type() {
        MetricType::COUNTER => Data::Sum(Sum {
            data_points: all.iter().map(|metric| number(metric, metric.get_counter().value(), span)).collect(),
            aggregation_temporality: cumulative,
            is_monotonic: true,
        }),
        MetricType::GAUGE => {
            // A gauge is what it is now, whenever it began.
            let span = Span { start: 0, ..span };
            let data_points = all.iter().map(|metric| number(metric, metric.get_gauge().value(), span)).collect();
            Data::Gauge(Gauge { data_points })
        }
        MetricType::HISTOGRAM => Data::Histogram(Histogram {
            data_points: all.iter().map(|metric| histogram(metric, span)).collect(),
            aggregation_temporality: cumulative,
        }),
        MetricType::SUMMARY => {
            Data::Summary(Summary { data_points: all.iter().map(|metric| summary(metric, span)).collect() })
        }
        // No type of the prometheus crate makes one.
        MetricType::UNTYPED => return None,
    };
    Some(Metric {
        name: family.name().to_owned(),
        description: family.help().to_owned(),
        unit: unit(family.name()).to_owned(),
        data: Some(data),
        ..Metric::default()
    })
}

/// The unit that a name ends in, in the code that OpenTelemetry uses (UCUM).
fn unit(name: &str) -> &'static str {
    let name = name.strip_suffix("_total").unwrap_or(name);
    match name.rsplit('_').next() {
        Some("seconds") => "s",
        Some("bytes") => "By",
        _ => "",
    }
}

fn number(metric: &proto::Metric, value: f64, span: Span) -> NumberDataPoint {
    NumberDataPoint {
        attributes: attributes(metric),
        start_time_unix_nano: span.start,
        time_unix_nano: span.now,
        value: Some(Value::AsDouble(value)),
        ..NumberDataPoint::default()
    }
}

fn histogram(metric: &proto::Metric, span: Span) -> HistogramDataPoint {
    let histogram = metric.get_histogram();
    let count = histogram.get_sample_count();
    let (mut explicit_bounds, mut bucket_counts, mut below) = (Vec::new(), Vec::new(), 0);
    // The one without bound is OTLP's by itself, whether the page has it or not.
    for bucket in histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite()) {
        explicit_bounds.push(bucket.upper_bound());
        bucket_counts.push(bucket.cumulative_count().saturating_sub(below));
        below = bucket.cumulative_count();
    }
    bucket_counts.push(count.saturating_sub(below));
    HistogramDataPoint {
        attributes: attributes(metric),
        start_time_unix_nano: span.start,
        time_unix_nano: span.now,
        // A collector refuses a count that is not the sum of the buckets.
        count: bucket_counts.iter().sum(),
        sum: Some(histogram.get_sample_sum()),
        bucket_counts,
        explicit_bounds,
        ..HistogramDataPoint::default()
    }
}

fn summary(metric: &proto::Metric, span: Span) -> SummaryDataPoint {
    let summary = metric.get_summary();
    let at = |quantile: &proto::Quantile| ValueAtQuantile { quantile: quantile.quantile(), value: quantile.value() };
    SummaryDataPoint {
        attributes: attributes(metric),
        start_time_unix_nano: span.start,
        time_unix_nano: span.now,
        count: summary.sample_count(),
        sum: summary.sample_sum(),
        quantile_values: summary.get_quantile().iter().map(at).collect(),
        ..SummaryDataPoint::default()
    }
}

fn attributes(metric: &proto::Metric) -> Vec<KeyValue> {
    // A label without a value is one that the series does not have.
    let named = metric.get_label().iter().filter(|label| !label.value().is_empty());
    named.map(|label| attribute(label.name(), label.value())).collect()
}

fn attribute(name: &str, value: &str) -> KeyValue {
    KeyValue {
        key: name.to_owned(),
        value: Some(AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) }),
        ..KeyValue::default()
    }
}

// Exact up to 2^53.
#[expect(clippy::cast_precision_loss, reason = "sums and bounds are floats in OTLP")]
fn float(number: u64) -> f64 {
    number as f64
}

/// The value of a counter or a gauge, whether the prometheus crate is built with its feature
/// `protobuf`, which another crate may ask for, or without: then it has the one method, else the
/// other, and a method of its own comes before one of a trait.
trait Number {
    fn value(&self) -> f64;
    #[allow(dead_code, reason = "called by the other one where prometheus has none of this name")]
    fn get_value(&self) -> f64;
}

impl Number for proto::Counter {
    fn value(&self) -> f64 {
        proto::Counter::get_value(self)
    }

    fn get_value(&self) -> f64 {
        proto::Counter::value(self)
    }
}

impl Number for proto::Gauge {
    fn value(&self) -> f64 {
        proto::Gauge::get_value(self)
    }

    fn get_value(&self) -> f64 {
        proto::Gauge::value(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use prometheus::{HistogramOpts, IntCounterVec, Opts, Registry};

    const SPAN: Span = Span { start: 1, now: 2 };

    fn pairs(attributes: &[KeyValue]) -> Vec<(&str, &str)> {
        attributes
            .iter()
            .map(|pair| match pair.value.as_ref().and_then(|value| value.value.as_ref()) {
                Some(any_value::Value::StringValue(value)) => (pair.key.as_str(), value.as_str()),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    #[test]
    fn each_type_of_a_registry_has_one_of_otlp() {
        let registry = Registry::new();
        let orders = IntCounterVec::new(Opts::new("shop_orders_total", "Orders"), &["tier", "empty"]).unwrap();
        let waiting = prometheus::Gauge::new("shop_waiting", "Waiting").unwrap();
        let bounds = HistogramOpts::new("shop_checkout_seconds", "Checkout").buckets(vec![0.1, 1.0]);
        let checkout = prometheus::Histogram::with_opts(bounds).unwrap();
        orders.with_label_values(&["paid", ""]).inc_by(3);
        waiting.set(-1.5);
        for seconds in [0.1, 0.5, 0.25, 7.0] {
            checkout.observe(seconds);
        }
        registry.register(Box::new(orders)).unwrap();
        registry.register(Box::new(waiting)).unwrap();
        registry.register(Box::new(checkout)).unwrap();

        let metrics = families(&registry.gather(), SPAN);
        let [checkout, orders, waiting] = &metrics[..] else { panic!("{metrics:?}") };
        assert_eq!((orders.name.as_str(), orders.description.as_str()), ("shop_orders_total", "Orders"));
        let Some(Data::Sum(sum)) = &orders.data else { panic!("{orders:?}") };
        assert!(sum.is_monotonic);
        assert_eq!(sum.aggregation_temporality(), AggregationTemporality::Cumulative);
        let point = &sum.data_points[0];
        assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (1, 2));
        assert_eq!((pairs(&point.attributes), point.value), (vec![("tier", "paid")], Some(Value::AsDouble(3.0))));

        let Some(Data::Gauge(gauge)) = &waiting.data else { panic!("{waiting:?}") };
        assert_eq!(gauge.data_points[0].value, Some(Value::AsDouble(-1.5)));

        assert_eq!(checkout.unit, "s");
        let Some(Data::Histogram(histogram)) = &checkout.data else { panic!("{checkout:?}") };
        let point = &histogram.data_points[0];
        assert_eq!((&point.explicit_bounds[..], &point.bucket_counts[..]), (&[0.1, 1.0][..], &[1, 2, 1][..]));
        assert_eq!((point.count, point.sum), (4, Some(7.85)));
    }

    #[test]
    fn every_family_of_ours_becomes_a_metric_of_its_name() {
        let metrics = crate::metrics::Metrics::leaked();
        metrics.agents.run_time("researcher").outcomes.record(crate::operation::Status::Success, 75_000_000);
        let registry = crate::metrics::registry_of(metrics);
        let on_the_page = registry.gather();
        let sent = families(&on_the_page, SPAN);
        let names = |names: &mut dyn Iterator<Item = &str>| names.map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(
            names(&mut sent.iter().map(|metric| metric.name.as_str())),
            names(&mut on_the_page.iter().map(MetricFamily::name))
        );
        let duration = sent.iter().find(|metric| metric.name.ends_with("_agent_duration_seconds")).unwrap();
        let Some(Data::Histogram(histogram)) = &duration.data else { panic!("{duration:?}") };
        let point = &histogram.data_points[0];
        assert_eq!((point.bucket_counts[0], point.count, point.sum), (1, 1, Some(0.075)));
        assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    }

    #[test]
    fn the_conventions_metrics_are_told_in_their_units() {
        use crate::metrics::genai::{GenAi, Kind, Told};
        let metrics = GenAi::new();
        let kind = Kind::Client { operation: "chat", provider: Some("openai"), response_model: Some("gpt-4o-mini") };
        let usage = Some(crate::Usage::new(1_000, 300));
        metrics.record(
            "gpt-4o",
            &[],
            &Told { kind, duration_nanos: 75_000_000, error_type: Some("timeout"), usage, first_chunk_nanos: None },
        );
        let sent = genai(metrics.series(), SPAN);
        let [duration, tokens] = &sent[..] else { panic!("{sent:?}") };
        assert_eq!((duration.name.as_str(), duration.unit.as_str()), ("gen_ai.client.operation.duration", "s"));
        let Some(Data::Histogram(histogram)) = &duration.data else { panic!("{duration:?}") };
        let point = &histogram.data_points[0];
        assert_eq!(
            point.explicit_bounds,
            [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
        );
        assert_eq!((point.sum, point.bucket_counts[3]), (Some(0.075), 1));
        assert_eq!(
            pairs(&point.attributes),
            [
                ("gen_ai.operation.name", "chat"),
                ("gen_ai.provider.name", "openai"),
                ("gen_ai.request.model", "gpt-4o"),
                ("gen_ai.response.model", "gpt-4o-mini"),
                ("error.type", "timeout"),
            ]
        );
        assert_eq!((tokens.name.as_str(), tokens.unit.as_str()), ("gen_ai.client.token.usage", "{token}"));
        let Some(Data::Histogram(histogram)) = &tokens.data else { panic!("{tokens:?}") };
        let expected: Vec<f64> = (0..14).map(|power| 4_f64.powi(power)).collect();
        assert_eq!(histogram.data_points[0].explicit_bounds, expected);
        let sums: Vec<_> = histogram.data_points.iter().map(|point| point.sum).collect();
        assert_eq!(sums, [Some(1_000.0), Some(300.0)]);
    }
}
