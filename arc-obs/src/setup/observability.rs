//! The guard that `install` returns, and what its end does.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

#[cfg(feature = "enabled")]
use tokio::sync::oneshot;

use crate::error::{InitError, InitErrorKind, PricesError, ShutdownError};
use crate::metrics;
use crate::settings::{ENABLED, Resource};
use crate::terminal::TerminalThread;

#[cfg(any(feature = "server", feature = "traces"))]
use super::io::IoThread;
use super::prices::PriceSources;
#[cfg(feature = "traces")]
use super::traces::Tracing;

/// How long a guard that is dropped waits for what is under way.
const DROP_BOUND: Duration = Duration::from_secs(2);

/// As good as for ever.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The service that runs in this process, if one does.
static RUNNING: Mutex<Option<String>> = Mutex::new(None);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The one place in the process; whoever holds it runs. Gives it back on drop.
pub(super) struct Slot;

impl Slot {
    pub(super) fn claim(service: &str) -> Result<Self, InitError> {
        let mut running = lock(&RUNNING);
        if let Some(service) = &*running {
            return Err(InitError::new(InitErrorKind::AlreadyInitialized { service: service.clone() }));
        }
        *running = Some(service.to_owned());
        Ok(Self)
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        #[cfg(feature = "traces")]
        crate::adopt::end();
        #[cfg(feature = "otlp")]
        metrics::genai::set_on(false);
        metrics::leave();
        *lock(&RUNNING) = None;
    }
}

/// Observing, for as long as it lives: keep it in `main`.
///
/// Dropping it stops the server within two seconds;
/// [`shutdown`](Self::shutdown) does so within a time of your own. After either,
/// [`init`](crate::init) works again. Annotated functions go on counting into
/// [`registry`](crate::registry) all the while.
#[must_use = "dropping the guard stops observing: keep it, as in `let obs = arc_obs::init(..)?`"]
pub struct Observability {
    shared: Arc<Shared>,
    prices: PriceSources,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    resource: Resource,
    #[cfg(feature = "server")]
    local_addr: Option<crate::server::LocalAddr>,
}

enum State {
    Running(Running),
    Stopping,
    Stopped,
}

struct Running {
    /// In which the threads are; none where there can be no threads.
    process: Option<u32>,
    slot: Slot,
    /// Calibrates the clock, unless we are switched off.
    clock: Option<JoinHandle<()>>,
    terminal: Option<TerminalThread>,
    /// Before the thread that exports them.
    #[cfg(feature = "traces")]
    traces: Option<Tracing>,
    #[cfg(any(feature = "server", feature = "traces"))]
    io: Option<IoThread>,
}

impl Observability {
    #[cfg_attr(
        all(feature = "server", feature = "traces"),
        expect(clippy::too_many_arguments, reason = "what runs, from its one caller")
    )]
    pub(super) fn new(
        slot: Slot,
        resource: Resource,
        clock: Option<JoinHandle<()>>,
        terminal: Option<TerminalThread>,
        prices: PriceSources,
        #[cfg(feature = "server")] local_addr: Option<crate::server::LocalAddr>,
        #[cfg(feature = "traces")] traces: Option<Tracing>,
        #[cfg(any(feature = "server", feature = "traces"))] io: Option<IoThread>,
    ) -> Self {
        Self {
            prices,
            shared: Arc::new(Shared {
                #[cfg(feature = "server")]
                local_addr,
                state: Mutex::new(State::Running(Running {
                    process: ENABLED.then(std::process::id),
                    slot,
                    clock,
                    terminal,
                    #[cfg(feature = "traces")]
                    traces,
                    #[cfg(any(feature = "server", feature = "traces"))]
                    io,
                })),
                changed: Condvar::new(),
                resource,
            }),
        }
    }

    /// What is observed: the service's name, version and environment, as the builder,
    /// the environment or the presets say.
    ///
    /// ```
    /// let obs = arc_obs::builder().service_name("shop").no_server().install()?;
    /// assert_eq!(obs.resource().service_name(), "shop");
    /// assert_eq!(obs.resource().environment(), None);
    /// # Ok::<(), arc_obs::InitError>(())
    /// ```
    #[must_use]
    pub fn resource(&self) -> &Resource {
        &self.shared.resource
    }

    /// The address that `/metrics` is served on; `None` where nothing is served,
    /// or not yet because the port is taken.
    #[cfg(feature = "server")]
    #[cfg_attr(docsrs, doc(cfg(feature = "server")))]
    #[must_use]
    pub fn local_addr(&self) -> Option<std::net::SocketAddr> {
        self.shared.local_addr.as_ref().and_then(crate::server::LocalAddr::get)
    }

    /// Reads the prices of your own again that the builder was given, and puts them in
    /// force for every call that ends from then on. For when their file has changed;
    /// reads it on the caller's thread. Where it was given none and the environment names
    /// no file, this does nothing.
    ///
    /// ```
    /// let file = std::env::temp_dir().join("arc-obs-doc-prices.json");
    /// std::fs::write(&file, r#"{"version": 1, "prices": [{"model": "m", "input": 1, "output": 2}]}"#)?;
    /// let obs = arc_obs::builder().no_server().prices_file(&file).install()?;
    ///
    /// std::fs::write(&file, r#"{"version": 1, "prices": [{"model": "m", "input": -1, "output": 2}]}"#)?;
    /// let error = obs.reload_prices().unwrap_err();
    /// assert!(error.to_string().contains("line 1: `input` of `m`: -1 is below zero"));
    /// assert!(arc_obs::prices().cost("m", &arc_obs::Usage::new(1, 1)).is_ok(), "the old prices stay");
    /// # drop(obs);
    /// # std::fs::remove_file(&file)?;
    /// # arc_obs::set_prices(arc_obs::PriceTable::bundled());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If a file cannot be read or is not as it must be. Then the prices that were in
    /// force stay, and `arc_obs_price_reload_failures_total` counts it.
    pub fn reload_prices(&self) -> Result<(), PricesError> {
        self.prices.reload()
    }

    /// Stops observing: answers what is being asked, closes the port, ends our
    /// threads. Works in any runtime; calling it again does nothing.
    ///
    /// # Errors
    ///
    /// If that took longer than `timeout`. What still runs ends by itself.
    pub async fn shutdown(&self, timeout: Duration) -> Result<(), ShutdownError> {
        #[cfg(feature = "enabled")]
        if self.shared.has_threads() {
            return self.stop_on_a_thread(timeout).await;
        }
        self.shared.stop(timeout)
    }

    /// Waiting here would block the caller's runtime.
    #[cfg(feature = "enabled")]
    async fn stop_on_a_thread(&self, timeout: Duration) -> Result<(), ShutdownError> {
        let (done, stopped) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let waiter = thread::Builder::new()
            .name("arc-obs-shutdown".to_owned())
            .spawn(move || drop(done.send(shared.stop(timeout))));
        match waiter {
            Ok(_) => stopped.await.unwrap_or(Err(ShutdownError { allowed: timeout })),
            Err(_) => self.shared.stop(timeout),
        }
    }

    /// [`shutdown`](Self::shutdown) for code that is not async; blocks this thread.
    ///
    /// # Errors
    ///
    /// If that took longer than `timeout`. What still runs ends by itself.
    pub fn shutdown_blocking(&self, timeout: Duration) -> Result<(), ShutdownError> {
        self.shared.stop(timeout)
    }
}

impl Shared {
    /// Whether stopping may have to wait for one.
    #[cfg(feature = "enabled")]
    fn has_threads(&self) -> bool {
        match &*lock(&self.state) {
            State::Running(running) => running.has_threads(),
            State::Stopping => true,
            State::Stopped => false,
        }
    }

    fn stop(&self, timeout: Duration) -> Result<(), ShutdownError> {
        let mut state = lock(&self.state);
        match std::mem::replace(&mut *state, State::Stopping) {
            State::Running(running) => {
                drop(state);
                let stopped = running.stop(timeout);
                *lock(&self.state) = State::Stopped;
                self.changed.notify_all();
                if stopped { Ok(()) } else { Err(ShutdownError { allowed: timeout }) }
            }
            State::Stopped => {
                *state = State::Stopped;
                Ok(())
            }
            State::Stopping => {
                // Somebody else does the work.
                let (_state, waited) = self
                    .changed
                    .wait_timeout_while(state, timeout, |state| !matches!(state, State::Stopped))
                    .unwrap_or_else(PoisonError::into_inner);
                if waited.timed_out() { Err(ShutdownError { allowed: timeout }) } else { Ok(()) }
            }
        }
    }
}

impl Running {
    fn has_threads(&self) -> bool {
        #[cfg(any(feature = "server", feature = "traces"))]
        let does_io = self.io.is_some();
        #[cfg(not(any(feature = "server", feature = "traces")))]
        let does_io = false;
        does_io || self.clock.is_some() || self.terminal.is_some()
    }

    /// Whether everything ended in time.
    fn stop(mut self, timeout: Duration) -> bool {
        if self.process.is_some_and(|process| process != std::process::id()) {
            // A forked child: the threads, the port and the terminal are its parent's, and
            // what another thread had locked stays so for ever.
            *lock(&RUNNING) = None;
            std::mem::forget(self);
            return true;
        }
        if !self.has_threads() {
            // Nothing waits, so that no clock is asked, which some platforms do not have.
            return true;
        }
        let now = Instant::now();
        // `Duration::MAX` has no end that an `Instant` could name.
        let deadline = now.checked_add(timeout).unwrap_or_else(|| now + LONGEST_WAIT);
        // It writes while the server ends.
        if let Some(terminal) = &mut self.terminal {
            terminal.stop();
        }
        #[cfg(feature = "traces")]
        if let Some(traces) = &self.traces {
            traces.stop();
        }
        #[cfg(any(feature = "server", feature = "traces"))]
        let stopped = self.io.take().is_none_or(|io| io.stop(deadline));
        #[cfg(not(any(feature = "server", feature = "traces")))]
        let stopped = true;
        // It ends by itself within 200 ms of `install`, mostly long ago.
        let running = |clock: &JoinHandle<()>| !clock.is_finished();
        while self.clock.as_ref().is_some_and(running) || !self.terminal.as_ref().is_none_or(TerminalThread::has_ended)
        {
            if Instant::now() >= deadline {
                if let Some(terminal) = &self.terminal {
                    terminal.abandon();
                }
                return false;
            }
            thread::park_timeout(Duration::from_millis(1));
        }
        // Before the place is free for another one, whose traces it would end.
        #[cfg(feature = "traces")]
        drop(self.traces.take());
        drop(self.slot);
        stopped
    }
}

impl Drop for Observability {
    fn drop(&mut self) {
        // Nobody is there to hear that it took too long; the threads end by themselves.
        let _ = self.shared.stop(DROP_BOUND);
    }
}

impl fmt::Debug for Observability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Observability");
        debug.field("service_name", &self.resource().service_name());
        #[cfg(feature = "server")]
        debug.field("local_addr", &self.local_addr());
        debug.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a forked child finds it: threads that are not there and never end.
    #[test]
    fn another_process_waits_for_nobody() {
        for (process, waits) in [(std::process::id() + 1, false), (std::process::id(), true)] {
            let (end, ends) = std::sync::mpsc::channel::<()>();
            let running = Running {
                process: Some(process),
                slot: Slot,
                clock: Some(thread::spawn(move || _ = ends.recv())),
                terminal: None,
                #[cfg(feature = "traces")]
                traces: None,
                #[cfg(any(feature = "server", feature = "traces"))]
                io: None,
            };
            assert_eq!(running.stop(Duration::from_millis(20)), !waits);
            drop(end);
        }
    }
}
