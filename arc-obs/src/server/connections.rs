//! The open connections: bounded in number, in the size of a request and in time.
//!
//! HTTP/1 only, one request per connection: a scrape is one. No connection is safe:
//! a client that does not send or does not read gives way to whoever comes next, so
//! that a scrape is always answered.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{self, AbortHandle, JoinSet};
use tokio::time;

use super::answer::answer;
use super::handler::MetricsBody;
use super::token::BearerToken;
use crate::self_telemetry::{self, ServerRefusal};

/// What one client may take from the others.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Connections at one time, beside the one that was accepted last.
    connections: usize,
    /// How long a client may take over its request's head.
    head: Duration,
    /// How long a client may take over everything.
    whole: Duration,
    /// How long a client is left to read its answer, before it can be cut off for another.
    read_grace: Duration,
}

impl Limits {
    pub(super) const PRESET: Self = Self {
        connections: 64,
        head: Duration::from_secs(10),
        whole: Duration::from_secs(30),
        read_grace: Duration::from_secs(2),
    };
}

/// The largest request head.
const LARGEST_HEAD: usize = 16 * 1024;

/// The connections that are open, from the oldest to the newest.
pub(super) struct Connections {
    limits: Limits,
    token: Option<Arc<BearerToken>>,
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
    pub(super) fn new(limits: Limits, token: Option<BearerToken>) -> Self {
        Self { limits, token: token.map(Arc::new), tasks: JoinSet::new(), open: Vec::new() }
    }

    pub(super) async fn accept_from(&mut self, listener: &TcpListener) {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => self.add(stream),
                // Out of file descriptors, mostly: wait for some to be closed.
                Err(_) => time::sleep(Duration::from_millis(100)).await,
            }
            // What has arrived is read before the next one is let in: in a crowd, a
            // client that has asked must not be taken for one that says nothing.
            task::yield_now().await;
            self.make_room().await;
        }
    }

    fn add(&mut self, stream: TcpStream) {
        let answering = Arc::new(AtomicBool::new(false));
        let task = self.tasks.spawn(serve(stream, self.limits, self.token.clone(), Arc::clone(&answering)));
        self.open.push(Open { task, since: time::Instant::now(), answering });
    }

    /// Until there are no more connections than may be, beside the newest. Only
    /// while all of them are being answered this very moment does it take time.
    async fn make_room(&mut self) {
        loop {
            while self.tasks.try_join_next().is_some() {}
            self.open.retain(|open| !open.task.is_finished());
            let Some(others) = self.open.len().checked_sub(1) else { return };
            if others < self.limits.connections {
                return;
            }
            if let Some(victim) = self.victim(others) {
                self.open.remove(victim).task.abort();
                self_telemetry::server_refused(ServerRefusal::TooManyConnections);
                return;
            }
            let wait = self.limits.read_grace.saturating_sub(self.open[0].since.elapsed());
            // Whichever is first: one that has its answer, or one that had its time.
            let _ = time::timeout(wait, self.tasks.join_next()).await;
        }
    }

    /// The oldest client that has not asked yet, or else one that does not read its
    /// answer; never the newest, who had no time to ask.
    fn victim(&self, others: usize) -> Option<usize> {
        let older = &self.open[..others];
        let silent = older.iter().position(|open| !open.is_answering());
        silent.or_else(|| older.iter().position(|open| open.since.elapsed() >= self.limits.read_grace))
    }

    /// Lets those that are being answered come to their end, until the deadline.
    pub(super) async fn finish(mut self, deadline: Instant) {
        self.open.iter().filter(|open| !open.is_answering()).for_each(|open| open.task.abort());
        // What is left of the time must do for the rest of the end.
        let left = deadline.saturating_duration_since(Instant::now()) / 4 * 3;
        let _ = time::timeout(left, async { while self.tasks.join_next().await.is_some() {} }).await;
        self.tasks.shutdown().await;
    }
}

async fn serve(stream: TcpStream, limits: Limits, token: Option<Arc<BearerToken>>, answering: Arc<AtomicBool>) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(LARGEST_HEAD).keep_alive(false);
    let service = service_fn(|request: Request<Incoming>| {
        answering.store(true, Ordering::Relaxed);
        let response = answer(request.method(), request.uri().path(), request.headers(), token.as_deref());
        async { Ok::<Response<MetricsBody>, Infallible>(response) }
    });
    // What goes wrong with one client concerns nobody else.
    let refused = match time::timeout(limits.whole, http.serve_connection(TokioIo::new(stream), service)).await {
        Err(_) => ServerRefusal::TooSlow,
        Ok(Err(error)) if error.is_timeout() => ServerRefusal::TooSlow,
        Ok(Err(error)) if error.is_parse() => ServerRefusal::BadRequest,
        Ok(_) => return,
    };
    self_telemetry::server_refused(refused);
}
