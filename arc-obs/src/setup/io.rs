//! The one thread on which arc-obs does I/O (invariant 5).
//!
//! A current-thread runtime of our own: it cannot deadlock with the
//! application's, and it is there without one.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::mpsc;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use tokio::runtime;
use tokio::sync::oneshot;
use tokio::task::LocalSet;

use crate::error::{InitError, InitErrorKind};

const NAME: &str = "arc-obs-io";

/// Something that is done there until it is told by when to have ended.
pub(super) type Task = Box<dyn FnOnce(oneshot::Receiver<Instant>) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// The running thread.
pub(super) struct IoThread {
    /// Say until when what is under way may go on.
    stop: Vec<oneshot::Sender<Instant>>,
    ended: Arc<Ended>,
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
    pub(super) fn start(tasks: Vec<Task>) -> Result<Self, InitError> {
        let failed = |source| InitError::new(InitErrorKind::Thread { name: NAME, source });
        let (stop, stopped): (Vec<_>, Vec<_>) = tasks.iter().map(|_| oneshot::channel()).unzip();
        let (ready, made) = mpsc::sync_channel::<io::Result<()>>(1);
        let ended = Arc::new(Ended::default());
        let tell = TellEnded(Arc::clone(&ended));
        thread::Builder::new()
            .name(NAME.to_owned())
            .spawn(move || {
                let _tell = tell;
                #[cfg(feature = "traces")]
                let _quiet = crate::trace::quiet();
                // Made and dropped here: a runtime must not be dropped inside the application's.
                let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(error) => return drop(ready.send(Err(error))),
                };
                if ready.send(Ok(())).is_ok() {
                    let local = LocalSet::new();
                    for (task, stopped) in tasks.into_iter().zip(stopped) {
                        local.spawn_local(task(stopped));
                    }
                    runtime.block_on(local);
                }
            })
            .map_err(failed)?;
        match made.recv() {
            Ok(Ok(())) => Ok(Self { stop, ended }),
            Ok(Err(source)) => Err(failed(source)),
            Err(_) => Err(failed(io::Error::other("it ended before it began"))),
        }
    }

    /// Whether the thread ended before the deadline.
    pub(super) fn stop(self, deadline: Instant) -> bool {
        for stop in self.stop {
            // An error says that it has ended already.
            let _ = stop.send(deadline);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let ended = self.ended.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let (ended, _) =
            self.ended.changed.wait_timeout_while(ended, left, |ended| !*ended).unwrap_or_else(PoisonError::into_inner);
        *ended
    }
}
