//! The one thread on which arc-obs does I/O (invariant 5).
//!
//! A current-thread runtime of our own: it cannot deadlock with the
//! application's, and it is there without one.

use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use tokio::runtime;
use tokio::sync::oneshot;

use crate::error::{InitError, InitErrorKind};
use crate::server::{self, LocalAddr};

use super::notice;
use super::serve::Endpoint;

const NAME: &str = "arc-obs-io";

/// The running thread.
pub(super) struct IoThread {
    /// Says until when what is under way may go on.
    stop: oneshot::Sender<Instant>,
    ended: Arc<Ended>,
    local_addr: LocalAddr,
}

#[derive(Default)]
struct Ended {
    ended: Mutex<bool>,
    changed: Condvar,
}

/// Tells on drop, so that an unwinding thread has ended, too.
struct TellEnded(Arc<Ended>);

impl Drop for TellEnded {
    fn drop(&mut self) {
        *self.0.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

impl IoThread {
    pub(super) fn start(Endpoint { address, token }: Endpoint) -> Result<Self, InitError> {
        let failed = |source| InitError::new(InitErrorKind::Thread { name: NAME, source });
        let (stop, stopped) = oneshot::channel();
        let (ready, made) = mpsc::sync_channel::<io::Result<()>>(1);
        let ended = Arc::new(Ended::default());
        let local_addr = LocalAddr::of(&address);
        let (tell, addr) = (TellEnded(Arc::clone(&ended)), local_addr.clone());
        thread::Builder::new()
            .name(NAME.to_owned())
            .spawn(move || {
                let _tell = tell;
                // Made and dropped here: a runtime must not be dropped inside the application's.
                let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(ready.send(Err(error))),
                };
                if ready.send(Ok(())).is_ok() {
                    runtime.block_on(server::run(address, token, &addr, stopped, notice::warn));
                }
            })
            .map_err(failed)?;
        match made.recv() {
            Ok(Ok(())) => Ok(Self { stop, ended, local_addr }),
            Ok(Err(source)) => Err(failed(source)),
            Err(_) => Err(failed(io::Error::other("it ended before it began"))),
        }
    }

    pub(super) fn local_addr(&self) -> LocalAddr {
        self.local_addr.clone()
    }

    /// Whether the thread ended before the deadline.
    pub(super) fn stop(self, deadline: Instant) -> bool {
        // An error says that it has ended already.
        let _ = self.stop.send(deadline);
        let left = deadline.saturating_duration_since(Instant::now());
        let ended = self.ended.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let (ended, _) =
            self.ended.changed.wait_timeout_while(ended, left, |ended| !*ended).unwrap_or_else(PoisonError::into_inner);
        *ended
    }
}
