//! OTLP over gRPC, against the server that tonic makes of the protocol's definition.
#![allow(missing_docs)]

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use arc_obs::export::Otlp;
use arc_obs::track_tool;
use arc_obs_trace_tests::heard::{counted, counted_since, heard, listen};
use arc_obs_trace_tests::tracing_with;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tokio::sync::oneshot;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Response, Status};

#[track_tool("search")]
fn search() {}

type Answer = Result<ExportTraceServiceResponse, Status>;

/// What came, and when.
struct Call {
    metadata: MetadataMap,
    spans: usize,
    at: Instant,
}

/// A collector that answers by a script, and takes everything after that.
#[derive(Clone, Default)]
struct Collector {
    script: Arc<Mutex<VecDeque<Answer>>>,
    calls: Arc<Mutex<Vec<Call>>>,
    hangs: bool,
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let metadata = request.metadata().clone();
        let scopes = request.get_ref().resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let spans = scopes.map(|scope| scope.spans.len()).sum();
        self.calls.lock().unwrap().push(Call { metadata, spans, at: Instant::now() });
        if self.hangs {
            std::future::pending::<()>().await;
        }
        self.script
            .lock()
            .unwrap()
            .pop_front()
            .unwrap_or_else(|| Ok(ExportTraceServiceResponse::default()))
            .map(Response::new)
    }
}

struct Server {
    address: SocketAddr,
    collector: Collector,
    _stop: oneshot::Sender<()>,
}

fn serve(collector: Collector) -> Server {
    let (stop, stopped) = oneshot::channel::<()>();
    let (bound, address) = std::sync::mpsc::channel();
    let service = TraceServiceServer::new(collector.clone())
        .accept_compressed(CompressionEncoding::Gzip)
        .send_compressed(CompressionEncoding::Gzip);
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let incoming = tonic::transport::server::TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
            bound.send(incoming.local_addr().unwrap()).unwrap();
            let server = tonic::transport::Server::builder().add_service(service);
            tokio::select! {
                result = server.serve_with_incoming(incoming) => result.unwrap(),
                _ = stopped => {}
            }
        });
    });
    Server { address: address.recv().unwrap(), collector, _stop: stop }
}

fn outcome(script: Vec<Answer>, spans: usize, hangs: bool) -> (BTreeMap<String, u64>, Vec<String>, Vec<Call>) {
    listen();
    let server = serve(Collector { script: Arc::new(Mutex::new(script.into())), hangs, ..Collector::default() });
    let otlp = Otlp::grpc(format!("http://{}", server.address))
        .header("x-team", "research")
        .header("authorization", "Bearer s3cret-0123")
        .timeout(Duration::from_secs(1))
        .gzip();
    let tracing = tracing_with(|builder| builder.otlp(otlp));
    let before = counted("otlp");
    let _ = heard();
    (0..spans).for_each(|_| search());
    tracing.obs().shutdown_blocking(Duration::from_secs(10)).unwrap();
    let calls = std::mem::take(&mut *server.collector.calls.lock().unwrap());
    (counted_since(&before, "otlp"), heard(), calls)
}

fn counts(expected: &[(&str, u64)]) -> BTreeMap<String, u64> {
    expected.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect()
}

/// `RESOURCE_EXHAUSTED`, with what `google.rpc.RetryInfo` says in milliseconds.
fn exhausted(retry: Option<i32>) -> Status {
    #[derive(Clone, PartialEq, Message)]
    struct Details {
        #[prost(int32, tag = "1")]
        code: i32,
        #[prost(message, repeated, tag = "3")]
        details: Vec<Any>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(message, optional, tag = "2")]
        value: Option<Info>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Info {
        #[prost(message, optional, tag = "1")]
        delay: Option<Delay>,
    }
    #[derive(Clone, PartialEq, Message)]
    struct Delay {
        #[prost(int64, tag = "1")]
        seconds: i64,
        #[prost(int32, tag = "2")]
        nanos: i32,
    }
    let type_url = "type.googleapis.com/google.rpc.RetryInfo".to_owned();
    let info = |millis: i32| Info { delay: Some(Delay { seconds: 0, nanos: millis * 1_000_000 }) };
    let details = retry.map(|millis| Any { type_url, value: Some(info(millis)) });
    let details = Details { code: 8, details: details.into_iter().collect() }.encode_to_vec();
    Status::with_details(Code::ResourceExhausted, "come back later", details.into())
}

#[test]
fn a_batch_has_the_spans_and_the_headers() {
    let (counted, told, calls) = outcome(Vec::new(), 3, false);
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
    let (counted, told, calls) = outcome(vec![Err(exhausted(None))], 1, false);
    assert_eq!(counted, counts(&[("accepted", 1), ("rejected", 1)]));
    assert_eq!(calls.len(), 1);
    assert!(told[0].contains("it answers ResourceExhausted; come back later"), "{told:?}");

    let (counted, told, calls) = outcome(vec![Err(exhausted(Some(400)))], 1, false);
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
        let (counted, told, calls) = outcome(vec![Err(Status::new(code, message))], 2, false);
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
    let (counted, told, calls) = outcome(vec![Ok(answer)], 3, false);
    assert_eq!(counted, counts(&[("accepted", 3), ("delivered", 2), ("rejected", 1)]));
    assert_eq!(calls.len(), 1);
    assert!(told[0].contains("too old"), "{told:?}");
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for() {
    let (counted, told, calls) = outcome(Vec::new(), 1, true);
    assert_eq!(counted, counts(&[("accepted", 1), ("timeout", 1)]), "{told:?}");
    assert_eq!(calls.len(), 1);
}

#[test]
fn nobody_there_is_told_once() {
    listen();
    let tracing = tracing_with(|builder| builder.otlp(Otlp::grpc("http://127.0.0.1:1")));
    let before = counted("otlp");
    let _ = heard();
    search();
    tracing.obs().shutdown_blocking(Duration::from_secs(1)).unwrap();
    assert_eq!(counted_since(&before, "otlp"), counts(&[("accepted", 1), ("shutdown", 1)]));
    assert_eq!(heard().len(), 1);
}
