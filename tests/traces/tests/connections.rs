//! Connections that fail in ways that nobody is told of.
#![allow(missing_docs)]

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use arc_obs::export::Otlp;
use arc_obs::track_tool;
use arc_obs_trace_tests::heard::{counted, counted_since, heard, listen};
use arc_obs_trace_tests::scripted::Scripted;
use arc_obs_trace_tests::tracing_with;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tonic::{Request, Response, Status};

#[track_tool("search")]
fn search() {}

struct Collector;

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        _: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn collector() -> SocketAddr {
    let (bound, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let incoming = tonic::transport::server::TcpIncoming::bind(([127, 0, 0, 1], 0).into()).unwrap();
            bound.send(incoming.local_addr().unwrap()).unwrap();
            let server = tonic::transport::Server::builder().add_service(TraceServiceServer::new(Collector));
            server.serve_with_incoming(incoming).await.unwrap();
        });
    });
    address.recv().unwrap()
}

/// A way to a server, of which the connections that there are can be lost without a word.
struct Way {
    address: SocketAddr,
    lost: Arc<AtomicUsize>,
    connections: Arc<AtomicUsize>,
}

impl Way {
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let way = Self { address: listener.local_addr().unwrap(), lost: Arc::default(), connections: Arc::default() };
        let (lost, connections) = (Arc::clone(&way.lost), Arc::clone(&way.connections));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let number = connections.fetch_add(1, Ordering::Relaxed);
                let server = TcpStream::connect(server).unwrap();
                let ends = [(client.try_clone().unwrap(), server.try_clone().unwrap()), (server, client)];
                for (mut from, mut to) in ends {
                    let lost = Arc::clone(&lost);
                    thread::spawn(move || {
                        let mut bytes = [0; 4096];
                        while let Ok(read @ 1..) = from.read(&mut bytes) {
                            if number >= lost.load(Ordering::Relaxed) && to.write_all(&bytes[..read]).is_err() {
                                break;
                            }
                        }
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        way
    }

    fn lose(&self) {
        self.lost.store(self.connections.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// One batch is lost with a connection, and not those that come then.
#[test]
fn a_connection_that_is_dead_costs_one_batch() {
    type To = fn(String) -> Otlp;
    let http = Scripted::start([]);
    for (server, otlp) in [(collector(), (|url| Otlp::grpc(url)) as To), (http.address(), |url| Otlp::http(url))] {
        let way = Way::to(server);
        let otlp = otlp(format!("http://{}", way.address)).timeout(Duration::from_millis(300));
        let tracing = tracing_with(|builder| builder.otlp(otlp));
        let before = counted("otlp");
        let batch = |end: fn(&BTreeMap<String, u64>) -> bool| {
            (0..512).for_each(|_| search());
            let began = Instant::now();
            while !end(&counted_since(&before, "otlp")) {
                assert!(began.elapsed() < Duration::from_secs(10), "{:?}", counted_since(&before, "otlp"));
                thread::sleep(Duration::from_millis(5));
            }
        };
        batch(|counts| counts.get("delivered") == Some(&512));
        way.lose();
        batch(|counts| counts.get("timeout") == Some(&512));
        batch(|counts| counts.get("delivered") == Some(&1_024));
        drop(tracing.end());
        assert_eq!(way.connections.load(Ordering::Relaxed), 2);
    }
}

const ADDRESS: &str = "CONNECTIONS_ADDRESS";

/// Nothing, unless it is run by another test.
#[test]
fn child() {
    if std::env::var_os(ADDRESS).is_none() {
        return;
    }
    listen();
    let obs = arc_obs::builder().service_name("child").no_server().install().unwrap();
    search();
    obs.shutdown_blocking(Duration::from_secs(10)).unwrap();
    println!("@counted {:?} {:?}", counted("otlp"), heard());
}

/// A container without certificates: nobody is trusted, the program starts, and it is told once.
#[test]
fn a_machine_without_certificates_trusts_nobody() {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let was_asked = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&was_asked);
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), connection);
            if stream.read(&mut [0]).is_ok() {
                asked.store(true, Ordering::Relaxed);
            }
        }
    });
    for protocol in ["grpc", "http/protobuf"] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture", "--test-threads=1"])
            .env(ADDRESS, "set")
            .env("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", format!("https://localhost:{port}"))
            .env("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", protocol)
            .env("SSL_CERT_FILE", "/dev/null")
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let said = out.lines().find(|line| line.contains("@counted")).unwrap_or_else(|| panic!("{out}\n{err}"));
        assert!(said.contains(r#""accepted": 1, "delivered": 0, "tls": 1"#), "{protocol}: {said}");
        assert_eq!(said.matches("WARN").count(), 1, "{protocol}: {said}");
        assert!(said.contains("say whose certificates to trust"), "{protocol}: {said}");
    }
    assert!(!was_asked.load(Ordering::Relaxed), "somebody was trusted");
}
