//! Programs that are not ours: found on PATH, started on loopback, stopped by
//! their process id.

use std::env;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// A program on PATH, or where `tests/servers/install` puts what the system has no package of.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(installed().map(|servers| servers.join("bin")));
    folders.map(|folder| folder.join(name)).find(|path| path.is_file())
}

/// `ARC_OBS_SERVERS`, else a folder among the user's caches.
fn installed() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let caches = || set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    set("ARC_OBS_SERVERS").or_else(|| Some(caches()?.join("arc-obs/servers")))
}

/// Whether a missing server is a failure: `ARC_OBS_REQUIRE_SERVERS=1`.
#[must_use]
pub fn required() -> bool {
    env::var_os("ARC_OBS_REQUIRE_SERVERS").is_some_and(|value| value == "1")
}

/// A running program, killed and waited for when dropped.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(command: &mut Command) -> std::io::Result<Self> {
        command.spawn().map(Self)
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.0.id()
    }

    /// Whether it still runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks again until there is an answer or the time is over.
pub fn poll<T>(at_most: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let deadline = Instant::now() + at_most;
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::park_timeout(Duration::from_millis(20));
    }
}
