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
    /// How long a client is left to ask, before it can be cut off for another.
    ask_grace: Duration,
    /// How long a client is left to read its answer, before it can be cut off for another.
    read_grace: Duration,
}

impl Limits {
    pub(super) const PRESET: Self = Self {
        connections: 64,
        head: Duration::from_secs(10),
        whole: Duration::from_secs(30),
        // A scrape asks as soon as it is connected; this is for one that is short of
        // CPU. The shorter it is, the faster a crowd is let through: 3200 a second.
        ask_grace: Duration::from_millis(20),
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

    /// How long it is still safe from being cut off for another.
    fn safe_for(&self, limits: &Limits) -> Duration {
        let grace = if self.is_answering() { limits.read_grace } else { limits.ask_grace };
        grace.saturating_sub(self.since.elapsed())
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
            // Once for the kernel to tell what has arrived, and once to read it: a client
            // that has asked must not be taken for one that says nothing.
            task::yield_now().await;
            task::yield_now().await;
            self.make_room().await;
        }
    }

    fn add(&mut self, stream: TcpStream) {
        let answering = Arc::new(AtomicBool::new(false));
        let task = self.tasks.spawn(serve(stream, self.limits, self.token.clone(), Arc::clone(&answering)));
        self.open.push(Open { task, since: time::Instant::now(), answering });
    }

    /// Until there are no more connections than may be, beside the newest, who had no
    /// time to ask yet. It takes time only while all others have some left, too.
    async fn make_room(&mut self) {
        loop {
            while self.tasks.try_join_next().is_some() {}
            self.open.retain(|open| !open.task.is_finished());
            let others = self.open.split_last().map_or(&[][..], |(_, others)| others);
            if others.len() < self.limits.connections {
                return;
            }
            if let Some(victim) = self.victim(others) {
                self.open.remove(victim).task.abort();
                self_telemetry::server_refused(ServerRefusal::TooManyConnections);
                return;
            }
            let wait = others.iter().map(|open| open.safe_for(&self.limits)).min().unwrap_or_default();
            // Whichever is first: one that has its answer, or one that had its time.
            let _ = time::timeout(wait, self.tasks.join_next()).await;
        }
    }

    /// The oldest client that has not asked, or else one that does not read its answer.
    fn victim(&self, others: &[Open]) -> Option<usize> {
        let unsafe_now = |answering: bool| {
            let is = move |open: &Open| open.is_answering() == answering && open.safe_for(&self.limits).is_zero();
            others.iter().position(is)
        };
        unsafe_now(false).or_else(|| unsafe_now(true))
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

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, SocketAddr};
    use std::thread;

    use prometheus::{Gauge, core::Collector};
    use tokio::runtime;
    use tokio::sync::oneshot;

    use super::*;
    use crate::metrics::registry;

    const LONG: Duration = Duration::from_secs(3_600);
    /// Limits that no test reaches.
    const NONE: Limits = Limits { connections: 64, head: LONG, whole: LONG, ask_grace: LONG, read_grace: LONG };
    const REQUEST: &[u8] = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n";

    /// Lets clients in on a thread of its own while `clients` does what it does.
    fn served<T>(limits: Limits, clients: impl FnOnce(SocketAddr) -> T) -> T {
        let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                runtime.spawn(async move { Connections::new(limits, None).accept_from(&listener).await });
                // Its sender is gone, too, when `clients` panics.
                let _ = runtime.block_on(stopped);
            });
            let done = clients(address);
            drop(stop);
            done
        })
    }

    fn connect(address: SocketAddr) -> std::net::TcpStream {
        let stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    fn asked(address: SocketAddr) -> std::net::TcpStream {
        let mut stream = connect(address);
        stream.write_all(REQUEST).unwrap();
        stream
    }

    /// How much there is to read until the server closes.
    fn read(mut stream: std::net::TcpStream) -> usize {
        let mut bytes = Vec::new();
        match stream.read_to_end(&mut bytes) {
            Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => panic!("it is still open: {error}"),
            _ => bytes.len(),
        }
    }

    fn refused(why: ServerRefusal) -> u64 {
        crate::metrics::process_metrics().health.counts().server_refusals[why as usize].1
    }

    /// While it lives, a page is larger than what the kernel takes for a client that
    /// does not read.
    struct LargePage(Gauge);

    const LARGE: usize = 16 << 20;

    impl LargePage {
        fn new() -> Self {
            static NAMES: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
            let name = format!("large_{}", NAMES.fetch_add(1, Ordering::Relaxed));
            let gauge = Gauge::new(name, "x".repeat(LARGE)).unwrap();
            registry().register(Box::new(gauge.clone())).unwrap();
            Self(gauge)
        }
    }

    impl Drop for LargePage {
        fn drop(&mut self) {
            let gauge: Box<dyn Collector> = Box::new(self.0.clone());
            registry().unregister(gauge).unwrap();
        }
    }

    #[test]
    fn a_head_that_does_not_come_to_its_end_is_cut_off() {
        let before = refused(ServerRefusal::TooSlow);
        served(Limits { head: Duration::from_millis(50), ..NONE }, |address| {
            let silent = connect(address);
            let mut slow = connect(address);
            slow.write_all(&REQUEST[..10]).unwrap();
            read(silent);
            read(slow);
            assert!(read(asked(address)) > 100, "who asks at once is answered");
        });
        assert!(refused(ServerRefusal::TooSlow) > before);
    }

    #[test]
    fn an_answer_that_is_not_read_is_cut_off() {
        let _large = LargePage::new();
        let before = refused(ServerRefusal::TooSlow);
        served(Limits { whole: Duration::from_millis(500), ..NONE }, |address| {
            let unread = asked(address);
            let deadline = Instant::now() + Duration::from_secs(20);
            while refused(ServerRefusal::TooSlow) == before {
                assert!(Instant::now() < deadline, "it was not cut off");
                thread::park_timeout(Duration::from_millis(10));
            }
            assert!(read(unread) < LARGE);
        });
    }

    #[test]
    fn the_oldest_that_says_nothing_gives_way() {
        let limits = Limits { connections: 2, ask_grace: Duration::ZERO, ..NONE };
        served(limits, |address| {
            let oldest = connect(address);
            let _second = connect(address);
            let _newest = connect(address);
            assert_eq!(read(oldest), 0);
            assert!(read(asked(address)) > 100);
        });
    }

    #[test]
    fn when_all_are_being_answered_the_newest_is_answered_at_once_and_the_next_after_a_grace() {
        let _large = LargePage::new();
        let before = refused(ServerRefusal::TooManyConnections);
        let limits = Limits { connections: 2, read_grace: Duration::from_millis(500), ..NONE };
        served(limits, |address| {
            let began = Instant::now();
            let unread = [asked(address), asked(address)];
            assert!(read(asked(address)) > LARGE, "beside those that may be there is one more");
            let third = asked(address);
            assert!(read(asked(address)) > LARGE);
            assert!(began.elapsed() >= limits.read_grace, "{:?}", began.elapsed());
            assert!(unread.map(read).into_iter().any(|length| length < LARGE), "one of them gave way");
            drop(third);
        });
        assert!(refused(ServerRefusal::TooManyConnections) > before);
    }
}
