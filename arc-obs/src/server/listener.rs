//! Accepting connections: bounded in number, in header size and in time.
//!
//! HTTP/1 only. It serves what [`handler`](super::handler) answers and three
//! paths; it decides nothing about who may ask.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{SocketAddr, TcpListener};
use std::pin::{Pin, pin};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

use http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time;

use crate::self_telemetry;

use super::handler::{MetricsBody, metrics_handler};

/// Connections at one time; a further one waits in the kernel's queue.
const MOST_CONNECTIONS: usize = 64;
/// How long a client may take over its request's head, and idle between two.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest request head.
const LARGEST_HEAD: usize = 16 * 1024;
/// Between two attempts at a taken address: doubling from the first to the last.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// What to listen on.
pub(crate) enum Address {
    /// It is ours already.
    Bound(TcpListener),
    /// It is taken, and ours as soon as it is free.
    WhenFree(SocketAddr),
}

/// The address that is served on, once it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct LocalAddr(Arc<OnceLock<SocketAddr>>);

impl LocalAddr {
    pub(crate) fn of(address: &Address) -> Self {
        let local = Self::default();
        if let Address::Bound(listener) = address {
            local.set(listener.local_addr());
        }
        local
    }

    pub(crate) fn get(&self) -> Option<SocketAddr> {
        self.0.get().copied()
    }

    fn set(&self, address: std::io::Result<SocketAddr>) {
        if let Ok(address) = address {
            self.0.get_or_init(|| address);
        }
    }
}

/// Serves until `stop` says when to have ended, or its sender is gone.
pub(crate) async fn run(address: Address, local: &LocalAddr, mut stop: oneshot::Receiver<Instant>, warn: fn(&str)) {
    let Ok(Some(listener)) = unless_stopped(&mut stop, listen(address, local, warn)).await else { return };
    self_telemetry::server_up(true);
    let mut connections = JoinSet::new();
    let deadline = match unless_stopped(&mut stop, accept(&listener, &mut connections)).await {
        Err(Some(deadline)) => deadline,
        Err(None) | Ok(()) => Instant::now(),
    };
    self_telemetry::server_up(false);
    drop(listener);
    // A client that is being answered gets its answer; one that idles is cut off.
    let grace = deadline.saturating_duration_since(Instant::now()).min(Duration::from_secs(1)) / 2;
    let _ = time::timeout(grace, async { while connections.join_next().await.is_some() {} }).await;
    connections.shutdown().await;
}

/// What `work` gives, or `Err` with the deadline as soon as `stop` says so (without
/// one if its sender is gone). By hand, for `tokio::select!` brings a second `syn`.
async fn unless_stopped<T>(
    stop: &mut oneshot::Receiver<Instant>,
    work: impl Future<Output = T>,
) -> Result<T, Option<Instant>> {
    let mut work = pin!(work);
    poll_fn(|context| {
        if let Poll::Ready(stopped) = Pin::new(&mut *stop).poll(context) {
            return Poll::Ready(Err(stopped.ok()));
        }
        work.as_mut().poll(context).map(Ok)
    })
    .await
}

async fn listen(address: Address, local: &LocalAddr, warn: fn(&str)) -> Option<net::TcpListener> {
    let address = match address {
        Address::Bound(listener) => match net::TcpListener::from_std(listener) {
            Ok(listener) => return Some(listener),
            Err(error) => {
                warn(&format!("metrics are not served: {error}"));
                return None;
            }
        },
        Address::WhenFree(address) => address,
    };
    let mut wait = FIRST_RETRY;
    loop {
        time::sleep(wait).await;
        if let Ok(listener) = net::TcpListener::bind(address).await {
            local.set(listener.local_addr());
            return Some(listener);
        }
        wait = (wait * 2).min(LAST_RETRY);
    }
}

async fn accept(listener: &net::TcpListener, connections: &mut JoinSet<()>) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        while connections.try_join_next().is_some() {}
        // Closed never: the semaphore lives as long as this loop.
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => drop(connections.spawn(async move {
                let _place = place;
                let mut http = http1::Builder::new();
                http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(LARGEST_HEAD);
                // What goes wrong with one client concerns nobody else.
                let _ = http.serve_connection(TokioIo::new(stream), service_fn(answer)).await;
            })),
            // Out of file descriptors, mostly: wait for some to be closed.
            Err(_) => time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn answer(request: Request<Incoming>) -> Result<Response<MetricsBody>, Infallible> {
    Ok(match request.uri().path() {
        "/metrics" => metrics_handler().answer(request.method(), request.headers()),
        "/livez" | "/readyz" => text(request.method(), StatusCode::OK, "ok\n"),
        "/" => text(request.method(), StatusCode::OK, "arc-obs\n\n/metrics\n/livez\n/readyz\n"),
        _ => text(request.method(), StatusCode::NOT_FOUND, "not found; there are /metrics, /livez and /readyz\n"),
    })
}

fn text(method: &Method, status: StatusCode, text: &'static str) -> Response<MetricsBody> {
    if !matches!(*method, Method::GET | Method::HEAD) {
        return MetricsBody::not_allowed();
    }
    let mut response = Response::new(MetricsBody::from(text.as_bytes().to_vec()));
    *response.status_mut() = status;
    let plain = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
