//! What came since the last export, for a collector that wants that instead of all since the start.

use std::collections::HashMap;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as AttributeValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, HistogramDataPoint, Metric, NumberDataPoint};

/// What has been told: by series, what there was then.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told {
    /// When, in nanoseconds since 1970; of nothing the start.
    at: Option<u64>,
    series: HashMap<String, Numbers>,
}

#[derive(Clone, Debug, PartialEq)]
enum Numbers {
    Sum(f64),
    Histogram { counts: Vec<u64>, sum: f64 },
}

impl Told {
    /// Takes what was told away from what there is. Hands back what is told once it has arrived:
    /// then it is to stand in our place.
    pub(super) fn take_from(&self, metrics: &mut [Metric], now: u64) -> Self {
        let mut told = Self { at: Some(now), series: HashMap::new() };
        for metric in metrics {
            match &mut metric.data {
                Some(Data::Sum(sum)) if sum.is_monotonic => {
                    sum.aggregation_temporality = AggregationTemporality::Delta.into();
                    for point in &mut sum.data_points {
                        self.take_from_number(&metric.name, point, &mut told);
                    }
                }
                Some(Data::Histogram(histogram)) => {
                    histogram.aggregation_temporality = AggregationTemporality::Delta.into();
                    for point in &mut histogram.data_points {
                        self.take_from_histogram(&metric.name, point, &mut told);
                    }
                }
                _ => {}
            }
        }
        told
    }

    fn take_from_number(&self, name: &str, point: &mut NumberDataPoint, told: &mut Self) {
        let Some(Value::AsDouble(value)) = &mut point.value else { return };
        let key = key(name, &point.attributes);
        let all = *value;
        if let Some(Numbers::Sum(before)) = self.series.get(&key) {
            // Less than before: it has begun anew, and all of it is new.
            if *before <= all {
                *value = all - before;
            }
        }
        point.start_time_unix_nano = self.at.unwrap_or(point.start_time_unix_nano);
        told.series.insert(key, Numbers::Sum(all));
    }

    fn take_from_histogram(&self, name: &str, point: &mut HistogramDataPoint, told: &mut Self) {
        let key = key(name, &point.attributes);
        let all = Numbers::Histogram { counts: point.bucket_counts.clone(), sum: point.sum.unwrap_or_default() };
        if let Some(Numbers::Histogram { counts, sum }) = self.series.get(&key) {
            let goes_on = counts.len() == point.bucket_counts.len()
                && counts.iter().zip(&point.bucket_counts).all(|(before, now)| before <= now);
            if goes_on {
                point.bucket_counts.iter_mut().zip(counts).for_each(|(now, before)| *now -= before);
                point.count = point.bucket_counts.iter().sum();
                point.sum = point.sum.map(|all| all - sum);
            }
        }
        point.start_time_unix_nano = self.at.unwrap_or(point.start_time_unix_nano);
        told.series.insert(key, all);
    }
}

/// What a series is found by. Its parts are told apart by a character that no label has.
fn key(name: &str, attributes: &[KeyValue]) -> String {
    let mut key = name.to_owned();
    for attribute in attributes {
        let value = attribute.value.as_ref().and_then(|value| value.value.as_ref());
        let Some(AttributeValue::StringValue(value)) = value else { continue };
        for part in [&attribute.key, value] {
            key.push('\u{0}');
            key.push_str(part);
        }
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::metrics::encode::{Span, families};
    use prometheus::{HistogramOpts, IntCounterVec, Opts, Registry};

    /// Counts and sum of each.
    type Histograms = Vec<(Vec<u64>, f64)>;

    fn told_of(registry: &Registry, told: &Told, now: u64) -> (Vec<f64>, Histograms, Told) {
        let mut metrics = families(&registry.gather(), Span { start: 1, now });
        let next = told.take_from(&mut metrics, now);
        let (mut sums, mut histograms) = (Vec::new(), Vec::new());
        for metric in &metrics {
            match &metric.data {
                Some(Data::Sum(sum)) => {
                    assert_eq!(sum.aggregation_temporality(), AggregationTemporality::Delta);
                    for point in &sum.data_points {
                        let Some(Value::AsDouble(value)) = point.value else { panic!("{point:?}") };
                        assert_eq!((point.start_time_unix_nano, point.time_unix_nano), (told.at.unwrap_or(1), now));
                        sums.push(value);
                    }
                }
                Some(Data::Histogram(histogram)) => {
                    for point in &histogram.data_points {
                        assert_eq!(point.count, point.bucket_counts.iter().sum::<u64>());
                        histograms.push((point.bucket_counts.clone(), point.sum.unwrap()));
                    }
                }
                Some(Data::Gauge(gauge)) => assert_eq!(gauge.data_points[0].value, Some(Value::AsDouble(5.0))),
                other => panic!("{other:?}"),
            }
        }
        (sums, histograms, next)
    }

    #[test]
    fn only_what_came_since_is_told_and_what_did_not_arrive_is_told_again() {
        let registry = Registry::new();
        let orders = IntCounterVec::new(Opts::new("shop_orders_total", "Orders"), &["tier"]).unwrap();
        let opts = HistogramOpts::new("shop_checkout_seconds", "Checkout").buckets(vec![1.0]);
        let checkout = prometheus::Histogram::with_opts(opts).unwrap();
        let waiting = prometheus::Gauge::new("shop_waiting", "Waiting").unwrap();
        waiting.set(5.0);
        registry.register(Box::new(orders.clone())).unwrap();
        registry.register(Box::new(checkout.clone())).unwrap();
        registry.register(Box::new(waiting)).unwrap();

        orders.with_label_values(&["free"]).inc_by(3);
        checkout.observe(0.5);
        let (sums, histograms, first) = told_of(&registry, &Told::default(), 10);
        assert_eq!((sums, histograms), (vec![3.0], vec![(vec![1, 0], 0.5)]));

        orders.with_label_values(&["free"]).inc_by(2);
        orders.with_label_values(&["paid"]).inc();
        checkout.observe(2.0);
        let (sums, histograms, _) = told_of(&registry, &first, 20);
        assert_eq!((sums, histograms), (vec![2.0, 1.0], vec![(vec![0, 1], 2.0)]));

        // That one has not arrived.
        let (sums, histograms, third) = told_of(&registry, &first, 30);
        assert_eq!((sums, histograms), (vec![2.0, 1.0], vec![(vec![0, 1], 2.0)]));

        orders.reset();
        orders.with_label_values(&["free"]).inc();
        let (sums, histograms, _) = told_of(&registry, &third, 40);
        assert_eq!((sums, histograms), (vec![1.0], vec![(vec![0, 0], 0.0)]));
    }
}
