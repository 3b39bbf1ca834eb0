//! Every way in which an export goes wrong, wherever the program runs that exports (X01 to X14):
//! what becomes of its spans is the same, and the program ends in its time.
#![allow(missing_docs)]

use std::any::Any;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use arc_obs::export::{Exporting, Otlp, Span, SpanExporter};
use arc_obs::{Builder, Resource, track_agent, track_tool};
use arc_obs_tests::programs::poll;
use arc_obs_trace_tests::collector::Collector;
use arc_obs_trace_tests::heard::{alone, counted, counted_since, counts, heard};
use arc_obs_trace_tests::runtimes::Runtime;
use arc_obs_trace_tests::scripted::{Scripted, Step};
use arc_obs_trace_tests::tls::{Authority, TextFile, https};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message;
use tonic::{Code, Status};

#[track_tool("search")]
async fn search() {
    // Polled twice.
    let mut is_first = true;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}

#[track_agent("researcher")]
async fn research() {
    search().await;
}

/// Makes two spans and ends; how long the end took. (What ends a moment too late, where the machine has
/// other things to do, is an error that only the counts can tell from one that matters.)
fn program(runtime: Runtime, builder: Builder, limit: Duration) -> Duration {
    runtime.run(async move {
        let obs = builder.install().unwrap();
        research().await;
        let began = Instant::now();
        let _ = obs.shutdown(limit).await;
        began.elapsed()
    })
}

/// What has been counted once all is over.
fn in_the_end(before: &BTreeMap<String, u64>, exporter: &str) -> BTreeMap<String, u64> {
    let is_over = |counts: &BTreeMap<String, u64>| {
        let accepted = counts.get("accepted").copied().unwrap_or(0);
        accepted > 0 && counts.values().sum::<u64>() == 2 * accepted
    };
    poll(Duration::from_secs(5), || Some(counted_since(before, exporter)).filter(is_over))
        .unwrap_or_else(|| counted_since(before, exporter))
}

fn builder() -> Builder {
    arc_obs::builder().service_name("tests").no_server()
}

/// Who is sent what, and what has to be there as long as that.
type Receiver = (Otlp, Box<dyn Any>);

fn http(script: impl IntoIterator<Item = Step>) -> Receiver {
    let server = Scripted::start(script);
    (Otlp::http(server.url()), Box::new(server))
}

fn grpc(collector: Collector) -> Receiver {
    (Otlp::grpc(collector.url()), Box::new(collector))
}

/// Somebody with a certificate of the authority that is trusted, or of another.
fn over_tls(is_grpc: bool, is_trusted: bool) -> Receiver {
    let (ours, another) = (Authority::new("ours"), Authority::new("another"));
    let identity = if is_trusted { &ours } else { &another }.identity("localhost", (2020, 2090));
    let trusted = TextFile::new("runtimes.pem", &ours.certificate.pem());
    let url = |address: SocketAddr| format!("https://localhost:{}", address.port());
    if is_grpc {
        let collector = Collector::over_tls(&identity, None);
        let otlp = Otlp::grpc(url(collector.address())).certificate_file(trusted.path());
        return (otlp, Box::new((collector, trusted)));
    }
    let (address, told) = https(&identity, None);
    (Otlp::http(url(address)).certificate_file(trusted.path()), Box::new((told, trusted)))
}

fn partial() -> ExportTraceServiceResponse {
    let partial = ExportTracePartialSuccess { rejected_spans: 1, error_message: "too old".to_owned() };
    ExportTraceServiceResponse { partial_success: Some(partial) }
}

/// A row of the list of faults, what becomes of two spans, and what is told of it if anything is.
type Row = (&'static str, fn() -> Receiver, &'static [(&'static str, u64)], &'static str);

const DELIVERED: &[(&str, u64)] = &[("accepted", 2), ("delivered", 2)];
const REJECTED: &[(&str, u64)] = &[("accepted", 2), ("rejected", 2)];
const UNREACHABLE: &[(&str, u64)] = &[("accepted", 2), ("unreachable", 2)];
const TIMEOUT: &[(&str, u64)] = &[("accepted", 2), ("timeout", 2)];
const TLS: &[(&str, u64)] = &[("accepted", 2), ("tls", 2)];

const ROWS: [Row; 26] = [
    ("no fault", || http([]), DELIVERED, ""),
    ("no fault", || grpc(Collector::start([])), DELIVERED, ""),
    ("X01", || (Otlp::http("http://127.0.0.1:1"), Box::new(())), UNREACHABLE, "refused"),
    ("X01", || (Otlp::grpc("http://127.0.0.1:1"), Box::new(())), UNREACHABLE, "refused"),
    ("X02", || http([Step::Hang]), TIMEOUT, "no whole answer within 200ms"),
    ("X02", || grpc(Collector::hanging()), TIMEOUT, "no whole answer within 200ms"),
    ("X03: slow", || http([Step::Drip]), TIMEOUT, "no whole answer within 200ms"),
    ("X03: long", || http([Step::Long(5 << 20)]), &[("accepted", 2), ("failed", 2)], "longer than 4 MiB"),
    ("X04", || http([Step::with(503, "retry-after", "1")]), DELIVERED, ""),
    ("X05: 400", || http([Step::status(400)]), REJECTED, "it answers 400"),
    ("X05: 401", || http([Step::status(401)]), &[("accepted", 2), ("auth", 2)], "ERROR"),
    ("X05: 413", || http([Step::status(413)]), DELIVERED, ""),
    ("X05: 500", || http([Step::status(500)]), REJECTED, "it answers 500"),
    ("X06: RST", || http([Step::Reset]), DELIVERED, ""),
    ("X06: closed", || http([Step::HalfClose]), DELIVERED, ""),
    ("X06: half", || http([Step::Truncated]), DELIVERED, ""),
    ("X06: 502", || http([Step::status(502)]), DELIVERED, ""),
    ("X07: full", || grpc(Collector::start([Err(Status::new(Code::ResourceExhausted, "full"))])), REJECTED, "full"),
    ("X07: away", || grpc(Collector::start([Err(Status::new(Code::Unavailable, "away"))])), DELIVERED, ""),
    (
        "X08",
        || http([Step::body(200, partial().encode_to_vec())]),
        &[("accepted", 2), ("delivered", 1), ("rejected", 1)],
        "too old",
    ),
    (
        "X08",
        || grpc(Collector::start([Ok(partial())])),
        &[("accepted", 2), ("delivered", 1), ("rejected", 1)],
        "too old",
    ),
    ("X09", || over_tls(false, false), TLS, "UnknownIssuer"),
    ("X09", || over_tls(true, false), TLS, "UnknownIssuer"),
    ("X09: trusted", || over_tls(false, true), DELIVERED, ""),
    ("X09: trusted", || over_tls(true, true), DELIVERED, ""),
    ("X11", || http([Step::with(302, "location", "http://127.0.0.1:1/")]), REJECTED, "redirects are not followed"),
];

#[test]
fn a_receivers_faults_are_the_same_in_every_runtime() {
    const LIMIT: Duration = Duration::from_secs(20);
    for (row, receiver, expected, words) in ROWS {
        for runtime in Runtime::ALL {
            let _turn = alone();
            let (otlp, _receiver) = receiver();
            let before = counted("otlp");
            // Only what is never answered needs a time that is short.
            let otlp = if expected == TIMEOUT { otlp.timeout(Duration::from_millis(200)) } else { otlp };
            let took = program(runtime, builder().otlp(otlp), LIMIT);
            let told = heard();
            assert_eq!(in_the_end(&before, "otlp"), counts(expected), "{row}, {runtime:?}: {told:?}");
            assert_eq!(told.len(), usize::from(!words.is_empty()), "{row}, {runtime:?}: {told:?}");
            assert!(told.iter().all(|told| told.contains(words)), "{row}, {runtime:?}: {told:?}");
            assert!(took < LIMIT / 2, "{row}, {runtime:?}: {took:?}");
        }
    }
}

/// X02 and X03: who is never answered ends all the same when it is told to.
#[test]
fn no_receiver_keeps_a_program_from_ending() {
    const LIMIT: Duration = Duration::from_millis(300);
    let rows: [fn() -> Receiver; 3] = [|| http([Step::Hang]), || http([Step::Drip]), || grpc(Collector::hanging())];
    for receiver in rows {
        for runtime in Runtime::ALL {
            let _turn = alone();
            let (otlp, receiver) = receiver();
            let before = counted("otlp");
            let took = program(runtime, builder().otlp(otlp), LIMIT);
            // An answer would be waited for ten seconds.
            assert!(took < LIMIT + Duration::from_secs(3), "{runtime:?}, {receiver:?}: {took:?}");
            assert_eq!(in_the_end(&before, "otlp"), counts(&[("accepted", 2), ("shutdown", 2)]), "{runtime:?}");
        }
    }
}

/// An exporter of the program's own.
#[derive(Clone, Copy, Debug)]
enum Own {
    Panics,
    PanicsLater,
    Hangs,
}

impl SpanExporter for Own {
    fn name(&self) -> &'static str {
        match self {
            Self::Panics => "panics",
            Self::PanicsLater => "panics later",
            Self::Hangs => "hangs",
        }
    }

    fn export<'a>(&'a mut self, _: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
        match self {
            Self::Panics => panic!("on purpose"),
            Self::PanicsLater => Box::pin(async { panic!("on purpose") }),
            Self::Hangs => Box::pin(std::future::pending()),
        }
    }
}

/// X14: it costs nobody but itself.
#[test]
fn an_exporter_that_panics_or_hangs_keeps_no_other_from_its_spans() {
    // Who hangs has as long as there is, and nobody else needs that.
    for (own, reason, limit) in [
        (Own::Panics, "failed", Duration::from_secs(20)),
        (Own::PanicsLater, "failed", Duration::from_secs(20)),
        (Own::Hangs, "shutdown", Duration::from_millis(700)),
    ] {
        for runtime in Runtime::ALL {
            let _turn = alone();
            let before = [own.name(), "otlp"].map(|name| (name, counted(name)));
            let (otlp, _receiver) = http([]);
            let took = program(runtime, builder().span_exporter(own).otlp(otlp), limit);
            assert!(took < Duration::from_secs(10), "{own:?}, {runtime:?}: {took:?}");
            let counted = before.map(|(name, before)| in_the_end(&before, name));
            let expected = [counts(&[("accepted", 2), (reason, 2)]), counts(DELIVERED)];
            assert_eq!(counted, expected, "{own:?}, {runtime:?}");
        }
    }
}
