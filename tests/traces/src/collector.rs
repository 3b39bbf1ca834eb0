//! A collector of OTLP over gRPC, the server that tonic makes of the protocol's definition.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Instant;

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use tokio::sync::oneshot;
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

use crate::tls;

/// What is answered.
pub type Answer = Result<ExportTraceServiceResponse, Status>;

/// What came, and when.
#[derive(Debug)]
pub struct Call {
    /// The headers.
    pub metadata: MetadataMap,
    /// How many spans came.
    pub spans: usize,
    /// When.
    pub at: Instant,
}

/// What is done with one call.
#[derive(Debug)]
enum Step {
    Answer(Answer),
    Hang,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Step>,
    calls: Vec<Call>,
}

#[derive(Clone, Debug, Default)]
struct Service(Arc<Mutex<State>>);

impl Service {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let metadata = request.metadata().clone();
        let scopes = request.get_ref().resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        let spans = scopes.map(|scope| scope.spans.len()).sum();
        let step = {
            let mut state = self.state();
            state.calls.push(Call { metadata, spans, at: Instant::now() });
            state.script.pop_front()
        };
        match step {
            Some(Step::Hang) => std::future::pending().await,
            Some(Step::Answer(answer)) => answer.map(Response::new),
            None => Ok(Response::new(ExportTraceServiceResponse::default())),
        }
    }
}

/// The collector; it ends when it is dropped.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    service: Service,
    _stop: oneshot::Sender<()>,
}

impl Collector {
    /// Answers with these, one after the other, and after them all takes everything.
    #[must_use]
    pub fn start(script: impl IntoIterator<Item = Answer>) -> Self {
        Self::with(script.into_iter().map(Step::Answer).collect(), None)
    }

    /// Answers the first call never.
    #[must_use]
    pub fn hanging() -> Self {
        Self::with(VecDeque::from([Step::Hang]), None)
    }

    /// Takes everything over TLS as this one, and of clients that this authority vouches for where
    /// there is one.
    #[must_use]
    pub fn over_tls(identity: &tls::Identity, clients: Option<&tls::Authority>) -> Self {
        let identity = Identity::from_pem(identity.certificate.pem(), identity.key.serialize_pem());
        let mut tls = ServerTlsConfig::new().identity(identity);
        if let Some(authority) = clients {
            tls = tls.client_ca_root(Certificate::from_pem(authority.certificate.pem()));
        }
        Self::with(VecDeque::new(), Some(tls))
    }

    fn with(script: VecDeque<Step>, tls: Option<ServerTlsConfig>) -> Self {
        let service = Service(Arc::new(Mutex::new(State { script, calls: Vec::new() })));
        let (stop, stopped) = oneshot::channel::<()>();
        let (bound, address) = mpsc::channel();
        let traces = TraceServiceServer::new(service.clone())
            .accept_compressed(CompressionEncoding::Gzip)
            .send_compressed(CompressionEncoding::Gzip);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                let incoming = TcpIncoming::bind(([127, 0, 0, 1], 0).into()).expect("loopback");
                bound.send(incoming.local_addr().expect("bound")).expect("it is waited for");
                let mut server = Server::builder();
                if let Some(tls) = tls {
                    server = server.tls_config(tls).expect("of our own making");
                }
                let server = server.add_service(traces);
                tokio::select! {
                    result = server.serve_with_incoming(incoming) => result.expect("it serves"),
                    _ = stopped => {}
                }
            });
        });
        let address = address.recv().expect("it listens");
        Self { address, service, _stop: stop }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is, without TLS.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has come since this was last asked.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.service.state().calls)
    }
}
