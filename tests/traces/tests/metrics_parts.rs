//! Metrics over OTLP that are too many for one request, and those of a program that starts twice.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::track_tool;
use arc_obs_trace_tests::heard::{heard, listen};
use arc_obs_trace_tests::scripted::{Request, Scripted, Step};
use arc_obs_trace_tests::turn;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint};
use prost::Message;

#[track_tool("search")]
fn search() {}

fn metrics(request: &Request) -> Vec<Metric> {
    let request = ExportMetricsServiceRequest::decode(&*request.body).unwrap();
    let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    scopes.flat_map(|scope| scope.metrics).collect()
}

/// What was counted of the data points of metrics.
fn counted() -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for family in arc_obs::registry().gather() {
        let Some(what) = family.name().strip_prefix("arc_obs_export_") else { continue };
        for metric in family.get_metric() {
            let label = |name| metric.get_label().iter().find(|label| label.name() == name).map(|label| label.value());
            if label("signal") == Some("metrics") {
                let what = label("reason").unwrap_or(what.trim_end_matches("_total"));
                counts.insert(what.to_owned(), metric.get_counter().get_value() as u64);
            }
        }
    }
    counts
}

/// X05, of metrics: what is too large is halved, once.
#[test]
fn what_is_too_large_is_halved_once() {
    for (refused, lost) in [(1, false), (2, true), (3, true)] {
        let _turn = turn();
        listen();
        let server = Scripted::start(std::iter::repeat_n(Step::status(413), refused));
        let otlp = Otlp::http(server.url());
        let obs = arc_obs::builder().service_name("parts").no_server().otlp_metrics(otlp).install().unwrap();
        search();
        let before = counted();
        let _ = heard();
        obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
        let since = |what| {
            let now = counted();
            let count = |counts: &BTreeMap<String, u64>| counts.get(what).copied().unwrap_or(0);
            count(&now) - count(&before)
        };
        let requests = server.requests();
        let [whole, first, second] = &requests[..] else { panic!("{} requests", requests.len()) };
        let names = |request| metrics(request).into_iter().map(|metric| metric.name).collect::<Vec<_>>();
        assert_eq!([names(first), names(second)].concat(), names(whole));
        assert_eq!(since("accepted"), since("delivered") + since("too_large"));
        assert_eq!((since("too_large") > 0, since("delivered") > 0), (lost, refused < 3));
        let told = heard();
        assert_eq!((told.len(), told.iter().all(|told| told.contains("too large"))), (usize::from(lost), true));
    }
}

const CHILD: &str = "METRICS_PARTS_CHILD";

/// The program; a test that does nothing unless it is started by another.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let install = || arc_obs::builder().service_name("child").no_server().install().unwrap();
    search();
    for calls in [2, 3, 0, 4] {
        let obs = install();
        (0..calls).for_each(|_| search());
        obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
        search();
    }
}

/// Where a receiver wants what came since the last time, the next `install` does not tell again what
/// the one before has told.
#[test]
fn what_an_install_before_has_told_is_not_told_again() {
    for (temporality, expected) in [("delta", [3.0, 3.0, 0.0, 4.0]), ("cumulative", [3.0, 7.0, 8.0, 13.0])] {
        let server = Scripted::start([]);
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(CHILD, "1")
            .env("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", server.url())
            .env("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", temporality)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let requests = server.requests();
        let mut since = Vec::new();
        let calls = requests.iter().map(|request| {
            let metrics = metrics(request);
            let calls = metrics.iter().find(|metric| metric.name == "arc_tool_calls_total").unwrap();
            let Some(Data::Sum(sum)) = &calls.data else { panic!("{calls:?}") };
            since.extend(sum.data_points.iter().map(|point| (point.start_time_unix_nano, point.time_unix_nano)));
            let value = |point: &NumberDataPoint| match point.value {
                Some(Value::AsDouble(value)) => value,
                _ => panic!("{point:?}"),
            };
            sum.data_points.iter().map(value).sum::<f64>()
        });
        let calls: Vec<f64> = calls.collect();
        assert_eq!(calls, expected, "{temporality}");
        since.dedup();
        if temporality == "delta" {
            assert!(since.windows(2).all(|pair| pair[0].1 <= pair[1].0), "no time is told twice: {since:?}");
        }
    }
}
