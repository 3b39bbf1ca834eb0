//! The one room that reads the time of operations: how long ago a moment was.
//!
//! Reading the CPU's time stamp counter costs 10 ns where the system's monotonic
//! clock costs 25 (measured, x86-64), and an operation reads twice; but the
//! counter has to be calibrated against the system clock first, which spins for
//! 0.6 to 200 ms. So time comes from the system clock until [`calibrate`], which
//! `init` runs off the caller's thread, has the counter ready. `quanta` detects whether the counter can be trusted and falls back by itself.
//!
//! It does not know the date: prices and logs that need one ask `SystemTime`.

use std::sync::{LazyLock, OnceLock};
use std::time::Instant;

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
    FAST.get_or_init(quanta::Clock::new);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
