//! Getting the address and accepting on it, until told to stop.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::net;
use tokio::sync::oneshot;
use tokio::time;

use super::connections::{Connections, Limits};
use super::token::BearerToken;
use crate::self_telemetry;

/// Between two attempts at a taken address: doubling from the first to the last.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(30);
/// Clients that may wait to be accepted.
#[cfg(unix)]
const QUEUE: u32 = 1024;

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

/// Serves until `stop` says when to have ended, or its sender is gone. What has not
/// gone as it should `warn` tells, and when it does after all.
pub(crate) async fn run(
    address: Address,
    token: Option<BearerToken>,
    local: &LocalAddr,
    mut stop: oneshot::Receiver<Instant>,
    warn: fn(&str),
) {
    let Ok(Some(listener)) = unless_stopped(&mut stop, listen(address, local, warn)).await else { return };
    let _up = Up::new(local);
    let mut connections = Connections::new(Limits::PRESET, token);
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
        Address::Bound(listener) => match with_queue(listener) {
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
            let bound = listener.local_addr().ok();
            local.set(bound);
            warn(&format!("metrics are now served on http://{}/metrics", bound.unwrap_or(address)));
            return Some(listener);
        }
        wait = (wait * 2).min(LAST_RETRY);
    }
}

/// `std` lets 128 clients wait to be accepted. When more come at once, the others
/// are not heard, and try again after a second or more; a scrape may be one of them.
/// Listening again changes the number.
#[cfg(unix)]
fn with_queue(listener: TcpListener) -> io::Result<net::TcpListener> {
    let socket = std::net::TcpStream::from(std::os::fd::OwnedFd::from(listener));
    net::TcpSocket::from_std_stream(socket).listen(QUEUE)
}

#[cfg(not(unix))]
fn with_queue(listener: TcpListener) -> io::Result<net::TcpListener> {
    net::TcpListener::from_std(listener)
}
