//! What a receiver says back of what it was sent is not shown with the secrets in it.
#![allow(missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use arc_obs::export::{ExportError, Exporting, Otlp, Span, SpanExporter};
use arc_obs::{Redaction, Resource, track_tool};
use arc_obs_trace_tests::heard::{heard, listen};
use arc_obs_trace_tests::scripted::{Scripted, Step};
use arc_obs_trace_tests::turn;
use opentelemetry_proto::tonic::collector::metrics::v1::{ExportMetricsPartialSuccess, ExportMetricsServiceResponse};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message;

#[track_tool("search")]
fn search() {}

/// All that a receiver can know, as it stands in a request, and as it is meant.
const ECHO: [&str; 8] = [
    "h3ader-s3cret",
    "p%40ss-s3cret",
    "p@ss-s3cret",
    "dGVhbTpwQHNzLXMzY3JldA==",
    "qu%65ry-s3cret",
    "query-s3cret",
    "sk-proj-4Zk1Xw93sLq0aB7cD2eF5gH8",
    "EMP-123456",
];

/// Fails with all of them.
struct Own;

impl SpanExporter for Own {
    fn name(&self) -> &'static str {
        "own"
    }

    fn export<'a>(&'a mut self, _: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
        Box::pin(async { Err(ExportError::new(format!("no {} and no {}", ECHO[6], ECHO[7]))) })
    }
}

#[test]
fn what_a_receiver_says_back_is_shown_without_secrets() {
    // As it is, and so that the end of what is shown falls into a secret.
    for lead in [0, 200, 235] {
        for secret in ECHO {
            let said = format!("{} no: {secret} {secret}", "x".repeat(lead));
            let rejected = Some(ExportTracePartialSuccess { rejected_spans: 1, error_message: said.clone() });
            let spans = ExportTraceServiceResponse { partial_success: rejected }.encode_to_vec();
            let rejected = Some(ExportMetricsPartialSuccess { rejected_data_points: 1, error_message: said.clone() });
            let points = ExportMetricsServiceResponse { partial_success: rejected }.encode_to_vec();
            for (of_spans, of_points) in [
                (Step::body(200, spans), Step::body(200, points)),
                (Step::body(400, said.clone()), Step::body(500, said.clone())),
            ] {
                let _turn = turn();
                listen();
                let servers = [Scripted::start([of_spans]), Scripted::start([of_points])];
                let otlp = |server: &Scripted| {
                    let url = server.url().replace("http://", "http://team:p%40ss-s3cret@");
                    Otlp::http(format!("{url}/otlp?key=qu%65ry-s3cret")).header("x-key", "h3ader-s3cret")
                };
                let obs = arc_obs::builder()
                    .service_name("tests")
                    .no_server()
                    .redact(Redaction::new().pattern(r"\bEMP-\d{6}\b").unwrap())
                    .span_exporter(Own)
                    .otlp(otlp(&servers[0]))
                    .otlp_metrics(otlp(&servers[1]))
                    .install()
                    .unwrap();
                search();
                obs.shutdown_blocking(Duration::from_secs(10)).unwrap();
                let told = heard();
                assert_eq!(told.len(), 3, "{told:?}");
                let parts = [&secret[..secret.len().min(8)], ECHO[6], ECHO[7]];
                assert!(told.iter().all(|told| parts.iter().all(|part| !told.contains(part))), "{secret}: {told:?}");
                assert_eq!(told.iter().filter(|told| told.contains("no: ")).count(), 2, "{told:?}");
            }
        }
    }
}
