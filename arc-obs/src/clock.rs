//! The one room that reads the time of operations: how long ago a moment was.
//!
//! Reading the CPU's time stamp counter costs 10 ns where the system's monotonic
//! clock costs 25 (measured, x86-64), and an operation reads twice; but the
//! counter has to be calibrated against the system clock first, which spins for
//! 0.6 to 200 ms. So time comes from the system clock until [`calibrate`], which
//! `init` runs off the caller's thread, has the counter ready. `quanta` detects whether the
//! counter can be trusted and falls back by itself.
//!
//! It does not know the date: prices and logs that need one ask `SystemTime`, or the
//! [`ManualClock`] of the test that they run in.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

static ANCHOR: LazyLock<Instant> = LazyLock::new(Instant::now);
static FAST: OnceLock<quanta::Clock> = OnceLock::new();

/// A moment, to be asked later how long ago it was.
///
/// The raw count of the fast counter; with the highest bit set, nanoseconds since
/// the anchor by the system's clock. An operation so ends on the clock that it
/// began with, and a difference is scaled once instead of two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp(u64);

const BY_SYSTEM: u64 = 1 << 63;

impl Stamp {
    /// No moment at all: a long time ago.
    pub(crate) const NEVER: Self = Self(BY_SYSTEM);

    #[inline]
    pub(crate) fn now() -> Self {
        match FAST.get() {
            // A counter reaches the highest bit after a hundred years.
            Some(clock) => Self(clock.raw()),
            None => Self::by_system(),
        }
    }

    /// Nanoseconds from this moment to now; 0 if that is not positive.
    #[inline]
    pub(crate) fn elapsed_nanos(self) -> u64 {
        match FAST.get() {
            Some(clock) if self.0 & BY_SYSTEM == 0 => clock.delta_as_nanos(self.0, clock.raw()),
            _ => Self::by_system().0.saturating_sub(self.0),
        }
    }

    #[cold]
    fn by_system() -> Self {
        Self(u64::try_from(ANCHOR.elapsed().as_nanos()).unwrap_or(u64::MAX) | BY_SYSTEM)
    }
}

/// Calibrates the fast counter and switches to it, once. Spins for up to 200 ms:
/// call it on a thread that nobody waits for.
pub(crate) fn calibrate() {
    #[cfg(feature = "enabled")]
    FAST.get_or_init(quanta::Clock::new);
}

/// Where nothing is recorded, there is no fast counter.
#[cfg(not(feature = "enabled"))]
mod quanta {
    pub(super) enum Clock {}

    impl Clock {
        pub(super) fn raw(&self) -> u64 {
            match *self {}
        }

        pub(super) fn delta_as_nanos(&self, _: u64, _: u64) -> u64 {
            match *self {}
        }
    }
}

/// A clock that stands still until it is told to go on, for tests.
///
/// It has a time that only goes forward, by which durations are measured, and a date,
/// by which LLM calls are priced; clones are the same clock. See
/// [`Capture::with_clock`](crate::testing::Capture::with_clock).
///
/// ```
/// use std::time::Duration;
/// use arc_obs::testing::{ManualClock, capture};
/// # #[arc_obs::track_tool("search")] fn search(wait: impl FnOnce()) { wait() }
///
/// let clock = ManualClock::new();
/// let capture = capture().with_clock(&clock);
/// search(|| clock.advance(Duration::from_secs(2)));
/// assert_eq!(capture.operations()[0].duration, Duration::from_secs(2));
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Times>);

#[derive(Debug)]
struct Times {
    nanos: AtomicU64,
    date: Mutex<SystemTime>,
}

impl ManualClock {
    /// A clock that stands at the present date.
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(Times { nanos: AtomicU64::new(0), date: Mutex::new(SystemTime::now()) }))
    }

    /// Lets this much time pass: for durations and for the date.
    pub fn advance(&self, duration: Duration) {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        // Saturating: there is nothing after the end of time.
        let _ = self.0.nanos.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| Some(now.saturating_add(nanos)));
        let mut date = self.0.date.lock().unwrap_or_else(PoisonError::into_inner);
        *date = date.checked_add(duration).unwrap_or(*date);
    }

    /// Changes the date and nothing else, as somebody who sets the system's clock does.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    ///
    /// let clock = arc_obs::testing::ManualClock::new();
    /// clock.set_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000));
    /// ```
    pub fn set_date(&self, date: SystemTime) {
        *self.0.date.lock().unwrap_or_else(PoisonError::into_inner) = date;
    }

    /// Nanoseconds since it was made.
    pub(crate) fn nanos(&self) -> u64 {
        self.0.nanos.load(Ordering::Relaxed)
    }

    pub(crate) fn date(&self) -> SystemTime {
        *self.0.date.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, since the switch happens once in a process.
    #[test]
    fn a_moment_before_the_switch_and_one_after_it_tell_the_same() {
        let system = Stamp::by_system();
        let before = Instant::now();
        calibrate();
        let fast = Stamp::now();
        let since = Instant::now();
        while before.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        for (stamp, instant) in [(system, before), (fast, since)] {
            let (ours, theirs) = (stamp.elapsed_nanos(), instant.elapsed().as_nanos() as u64);
            assert!(ours.abs_diff(theirs) < 1_000_000, "{ours} against {theirs}");
        }
        assert!(Stamp::NEVER.elapsed_nanos() > 20_000_000);
    }
}
