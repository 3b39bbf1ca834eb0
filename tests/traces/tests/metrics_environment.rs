//! Where metrics go by the environment alone, and how, each case a process of its own.
#![allow(missing_docs)]

use std::time::Duration;

use arc_obs::track_tool;
use arc_obs_trace_tests::child;
use arc_obs_trace_tests::scripted::{Request, Scripted, Step};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Sum};
use prost::Message;

const CALLS: &str = "ARC_OBS_TESTS_CALLS";

#[track_tool("search")]
fn search() {}

/// The program; a test that does nothing unless it is started by another. It calls twenty times as
/// often as it exports, until it has made so many calls.
#[test]
fn child() {
    let Some(calls) = std::env::var(CALLS).ok().and_then(|calls| calls.parse::<u32>().ok()) else { return };
    let builder = arc_obs::builder().service_name("child").no_server().terminal(arc_obs::Terminal::Off);
    let obs = builder.install().unwrap();
    for _ in 0..calls {
        search();
        std::thread::sleep(Duration::from_millis(5));
    }
    obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
    println!("@ended");
}

/// What it said on stderr with so many calls.
fn run(calls: u32, environment: &[(&str, &str)]) -> String {
    let calls = calls.to_string();
    let own = [(CALLS, &*calls), ("OTEL_TRACES_EXPORTER", "none")];
    child::run(&[&own, environment].concat())
}

fn sum(request: &Request, name: &str) -> Sum {
    let message = ExportMetricsServiceRequest::decode(&*request.body).unwrap();
    let scopes = message.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
    let metric = scopes.flat_map(|scope| scope.metrics).find(|metric| metric.name == name);
    match metric.and_then(|metric| metric.data) {
        Some(Data::Sum(sum)) => sum,
        other => panic!("{other:?}"),
    }
}

/// What each request says of the calls, and since when.
fn calls(requests: &[Request]) -> Vec<(f64, u64, u64)> {
    let mut told = Vec::new();
    for request in requests {
        for point in sum(request, "arc_tool_calls_total").data_points {
            let is_success = format!("{:?}", point.attributes).contains("success");
            if let (true, Some(Value::AsDouble(value))) = (is_success, point.value) {
                told.push((value, point.start_time_unix_nano, point.time_unix_nano));
            }
        }
    }
    told
}

#[test]
fn the_environment_says_where_and_how() {
    for (endpoint, path, line) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "", "POST /v1/metrics HTTP/1.1"),
        ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "/own", "POST /own HTTP/1.1"),
    ] {
        let server = Scripted::start([]);
        let url = format!("{}{path}", server.url());
        let err = run(1, &[(endpoint, &*url), ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-team=research")]);
        assert!(!err.contains("arc-obs:"), "{err}");
        let requests = server.requests();
        assert_eq!(requests.len(), 1, "the last one");
        assert_eq!((requests[0].line.as_str(), requests[0].header("x-team")), (line, Some("research")));
        assert_eq!(calls(&requests)[0].0, 1.0);
    }
}

#[test]
fn nothing_is_sent_unless_an_address_is_set() {
    let server = Scripted::start([]);
    let url = server.url();
    for environment in [
        vec![],
        vec![("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &*url)],
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_METRICS_EXPORTER", "none")],
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("OTEL_METRICS_EXPORTER", "prometheus")],
    ] {
        let err = run(1, &environment);
        assert!(!err.contains("arc-obs:") && server.requests().is_empty(), "{environment:?}: {err}");
    }
}

#[test]
fn they_are_sent_every_so_often_since_the_start_or_since_the_last_time() {
    for (temporality, expected) in
        [("cumulative", AggregationTemporality::Cumulative), ("delta", AggregationTemporality::Delta)]
    {
        // The second one does not arrive.
        let server = Scripted::start([Step::status(200), Step::status(400)]);
        let url = server.url();
        let err = run(
            60,
            &[
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &*url),
                ("OTEL_METRIC_EXPORT_INTERVAL", "100"),
                ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", temporality),
            ],
        );
        assert!(err.contains("data points of metrics") && err.contains("400"), "{err}");
        let mut requests = server.requests();
        assert!(requests.len() >= 3, "{}", requests.len());
        for request in &requests {
            assert_eq!(sum(request, "arc_tool_calls_total").aggregation_temporality(), expected);
        }
        requests.remove(1);
        let told = calls(&requests);
        if expected == AggregationTemporality::Cumulative {
            assert!(told.is_sorted_by(|a, b| a.0 <= b.0 && a.1 == b.1 && a.2 < b.2), "{told:?}");
            assert_eq!(told.last().unwrap().0, 60.0);
        } else {
            assert_eq!(told.iter().map(|(value, ..)| value).sum::<f64>(), 60.0, "{told:?}");
            assert!(
                told.windows(2).all(|pair| pair[0].2 == pair[1].1),
                "one begins where the one before ends: {told:?}"
            );
        }
    }
}

#[test]
fn what_makes_no_sense_is_told_and_has_its_preset() {
    let server = Scripted::start([]);
    let url = server.url();
    for (name, value) in [
        ("OTEL_METRICS_EXPORTER", "zipkin"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "-1"),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "soon"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both"),
    ] {
        let before = server.requests().len();
        let err = run(1, &[("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), (name, value)]);
        let told: Vec<_> = err.lines().filter(|line| line.starts_with("arc-obs:")).collect();
        assert_eq!(told.len(), 1, "{name}: {err}");
        assert!(told[0].contains(name) && told[0].contains(value), "{err}");
        assert_eq!(server.requests().len(), before + 1, "{name}");
    }
}
