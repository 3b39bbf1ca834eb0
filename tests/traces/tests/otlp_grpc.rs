//! OTLP over gRPC, against the server that tonic makes of the protocol's definition.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::time::Duration;

use arc_obs::export::Otlp;
use arc_obs::track_tool;
use arc_obs_trace_tests::collector::{Call, Collector};
use arc_obs_trace_tests::heard::{counted, counted_since, counts, heard, listen};
use arc_obs_trace_tests::tracing_with;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

#[track_tool("search")]
fn search() {}

fn outcome(server: &Collector, spans: usize) -> (BTreeMap<String, u64>, Vec<String>, Vec<Call>) {
    let otlp = Otlp::grpc(server.url())
        .header("x-team", "research")
        .header("authorization", "Bearer s3cret-0123")
        .timeout(Duration::from_secs(1))
        .gzip();
    let tracing = tracing_with(|builder| {
        listen();
        builder.otlp(otlp)
    });
    let before = counted("otlp");
    (0..spans).for_each(|_| search());
    tracing.obs().shutdown_blocking(Duration::from_secs(10)).unwrap();
    (counted_since(&before, "otlp"), heard(), server.calls())
}

/// `RESOURCE_EXHAUSTED`, with what it says of when to come again.
fn exhausted(again_in: Option<Duration>) -> Status {
    let mut details = ErrorDetails::new();
    if again_in.is_some() {
        details.set_retry_info(again_in);
    }
    Status::with_error_details(Code::ResourceExhausted, "come back later", details)
}

#[test]
fn a_batch_has_the_spans_and_the_headers() {
    let (counted, told, calls) = outcome(&Collector::start([]), 3);
    assert_eq!(counted, counts(&[("accepted", 3), ("delivered", 3)]), "{told:?}");
    let [call] = &calls[..] else { panic!("{}", calls.len()) };
    assert_eq!(call.spans, 3);
    assert_eq!(call.metadata.get("x-team").unwrap(), "research");
    assert_eq!(call.metadata.get("authorization").unwrap(), "Bearer s3cret-0123");
    assert_eq!(call.metadata.get("grpc-encoding").unwrap(), "gzip");
    assert!(call.metadata.get("user-agent").unwrap().to_str().unwrap().starts_with("arc-obs/"));
}

/// X07: it is tried again only where the collector says when.
#[test]
fn a_collector_that_is_full_is_asked_again_only_if_it_says_when() {
    let (counted, told, calls) = outcome(&Collector::start([Err(exhausted(None))]), 1);
    assert_eq!(counted, counts(&[("accepted", 1), ("rejected", 1)]));
    assert_eq!(calls.len(), 1);
    assert!(told[0].contains("it answers ResourceExhausted; come back later"), "{told:?}");

    let (counted, told, calls) = outcome(&Collector::start([Err(exhausted(Some(Duration::from_millis(400))))]), 1);
    assert_eq!(counted, counts(&[("accepted", 1), ("delivered", 1)]), "{told:?}");
    let [first, second] = &calls[..] else { panic!("{}", calls.len()) };
    assert!(second.at - first.at >= Duration::from_millis(400));
}

#[test]
fn what_each_status_means() {
    for (code, message, expected, calls_expected) in [
        (Code::Unavailable, "later", counts(&[("accepted", 2), ("delivered", 2)]), 2),
        (Code::Aborted, "", counts(&[("accepted", 2), ("delivered", 2)]), 2),
        (Code::DataLoss, "", counts(&[("accepted", 2), ("delivered", 2)]), 2),
        (Code::Unauthenticated, "s3cret-0123 is none", counts(&[("accepted", 2), ("auth", 2)]), 1),
        (Code::PermissionDenied, "s3cret-0123 may not", counts(&[("accepted", 2), ("auth", 2)]), 1),
        (Code::InvalidArgument, "Bearer s3cret-0123", counts(&[("accepted", 2), ("rejected", 2)]), 1),
        (Code::Internal, "", counts(&[("accepted", 2), ("rejected", 2)]), 1),
        (Code::Unimplemented, "", counts(&[("accepted", 2), ("rejected", 2)]), 1),
        (
            Code::ResourceExhausted,
            "grpc: received message larger than max (5 vs. 4)",
            counts(&[("accepted", 2), ("delivered", 2)]),
            3,
        ),
    ] {
        let (counted, told, calls) = outcome(&Collector::start([Err(Status::new(code, message))]), 2);
        assert_eq!(counted, expected, "{code:?}: {told:?}");
        assert_eq!(calls.len(), calls_expected, "{code:?}");
        assert_eq!(told.len(), usize::from(!counted.contains_key("delivered")), "{told:?}");
        assert!(told.iter().all(|told| !told.contains("s3cret")), "{told:?}");
        let is_error = told.iter().any(|told| told.starts_with("ERROR"));
        assert_eq!(is_error, counted.contains_key("auth"), "{told:?}");
    }
}

#[test]
fn a_part_that_is_refused_is_counted() {
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: "too old".to_owned() };
    let answer = ExportTraceServiceResponse { partial_success: Some(partial) };
    let (counted, told, calls) = outcome(&Collector::start([Ok(answer)]), 3);
    assert_eq!(counted, counts(&[("accepted", 3), ("delivered", 2), ("rejected", 1)]));
    assert_eq!(calls.len(), 1);
    assert!(told[0].contains("too old"), "{told:?}");
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for() {
    let (counted, told, calls) = outcome(&Collector::hanging(), 1);
    assert_eq!(counted, counts(&[("accepted", 1), ("timeout", 1)]), "{told:?}");
    assert_eq!(calls.len(), 1);
}

#[test]
fn nobody_there_is_told_once() {
    let tracing = tracing_with(|builder| {
        listen();
        builder.otlp(Otlp::grpc("http://127.0.0.1:1"))
    });
    let before = counted("otlp");
    search();
    tracing.obs().shutdown_blocking(Duration::from_secs(1)).unwrap();
    assert_eq!(counted_since(&before, "otlp"), counts(&[("accepted", 1), ("unreachable", 1)]));
    let told = heard();
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.starts_with("WARN the exporter `otlp` lost 1 span: http://127.0.0.1:1/"), "{told}");
}
