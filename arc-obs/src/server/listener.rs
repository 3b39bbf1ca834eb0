//! Accepting connections: bounded in number, in header size and in time.
//!
//! HTTP/1 only, one request per connection: a scrape is one. It serves what
//! [`handler`](super::handler) answers and three paths; it decides nothing about
//! who may ask. Clients that do not send or do not read have their connection
//! taken away by whoever comes next, so that a scrape is always answered.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::{SocketAddr, TcpListener};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use http::{Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time;

use crate::self_telemetry;

use super::handler::{MetricsBody, metrics_handler};

/// Connections at one time.
const MOST_CONNECTIONS: usize = 64;
/// How long a client may take over its request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take over everything.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a client is left to read its answer, before it can be cut off for another.
const READ_GRACE: Duration = Duration::from_secs(2);
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

/// The address that is served on, while it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct LocalAddr(Arc<Mutex<Option<SocketAddr>>>);

impl LocalAddr {
    pub(crate) fn of(address: &Address) -> Self {
        let local = Self::default();
        if let Address::Bound(listener) = address {
            local.set(listener.local_addr().ok());
        }
        local
    }

    pub(crate) fn get(&self) -> Option<SocketAddr> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, address: Option<SocketAddr>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }
}

/// Serves until `stop` says when to have ended, or its sender is gone.
pub(crate) async fn run(address: Address, local: &LocalAddr, mut stop: oneshot::Receiver<Instant>, warn: fn(&str)) {
    let Ok(Some(listener)) = unless_stopped(&mut stop, listen(address, local, warn)).await else { return };
    let _up = Up::new(local);
    let mut connections = Connections::default();
    let deadline = match unless_stopped(&mut stop, connections.accept_from(&listener)).await {
        Err(Some(deadline)) => deadline,
        Err(None) | Ok(()) => Instant::now(),
    };
    drop(listener);
    connections.finish(deadline).await;
}

/// The server listens; counted up and down, since a server that is still ending
/// may overlap with the next one.
struct Up<'a>(&'a LocalAddr);

impl<'a> Up<'a> {
    fn new(local: &'a LocalAddr) -> Self {
        self_telemetry::server_up(true);
        Self(local)
    }
}

impl Drop for Up<'_> {
    fn drop(&mut self) {
        self.0.set(None);
        self_telemetry::server_up(false);
    }
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
            local.set(listener.local_addr().ok());
            return Some(listener);
        }
        wait = (wait * 2).min(LAST_RETRY);
    }
}

/// The connections that are open, from the oldest to the newest.
#[derive(Default)]
struct Connections {
    tasks: JoinSet<()>,
    open: Vec<Open>,
}

struct Open {
    task: AbortHandle,
    since: time::Instant,
    /// Its request's head has been read.
    answering: Arc<AtomicBool>,
}

impl Open {
    fn is_answering(&self) -> bool {
        self.answering.load(Ordering::Relaxed)
    }
}

impl Connections {
    async fn accept_from(&mut self, listener: &net::TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.add(stream),
                // Out of file descriptors, mostly: wait for some to be closed.
                Err(_) => time::sleep(Duration::from_millis(100)).await,
            }
        }
    }

    fn add(&mut self, stream: net::TcpStream) {
        while self.tasks.try_join_next().is_some() {}
        self.open.retain(|open| !open.task.is_finished());
        if self.open.len() >= MOST_CONNECTIONS && !self.make_room() {
            // Everybody is being answered this very moment: this one may ask again.
            return;
        }
        let answering = Arc::new(AtomicBool::new(false));
        let task = self.tasks.spawn(serve(stream, Arc::clone(&answering)));
        self.open.push(Open { task, since: time::Instant::now(), answering });
    }

    /// Cuts off the oldest client that has not asked yet, or else one that does not
    /// read its answer.
    fn make_room(&mut self) -> bool {
        let unread = |open: &Open| open.since.elapsed() > READ_GRACE;
        let victim = self.open.iter().position(|open| !open.is_answering());
        let Some(victim) = victim.or_else(|| self.open.iter().position(unread)) else { return false };
        self.open.remove(victim).task.abort();
        true
    }

    /// Lets those that are being answered come to their end, until the deadline.
    async fn finish(mut self, deadline: Instant) {
        self.open.iter().filter(|open| !open.is_answering()).for_each(|open| open.task.abort());
        // What is left of the time must do for the rest of the end.
        let left = deadline.saturating_duration_since(Instant::now()) / 4 * 3;
        let _ = time::timeout(left, async { while self.tasks.join_next().await.is_some() {} }).await;
        self.tasks.shutdown().await;
    }
}

async fn serve(stream: net::TcpStream, answering: Arc<AtomicBool>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(LARGEST_HEAD).keep_alive(false);
    let service = service_fn(|request| {
        answering.store(true, Ordering::Relaxed);
        answer(request)
    });
    // What goes wrong with one client concerns nobody else.
    let _ = time::timeout(WHOLE_TIMEOUT, http.serve_connection(TokioIo::new(stream), service)).await;
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
