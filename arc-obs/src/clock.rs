//! The one room that reads time: nanoseconds since an anchor of the process.
//!
//! Reading the CPU's time stamp counter costs 10 ns where the system's monotonic
//! clock costs 25 (measured, x86-64), and an operation reads twice; but the
//! counter has to be calibrated against the system clock first, which spins for
//! 0.6 to 200 ms. So time comes from the system clock until [`calibrate`], which
//! `init` runs off the caller's thread, has the counter ready; both count from
//! the same anchor, so an operation may start on one and end on the other.
//! `quanta` detects whether the counter can be trusted and falls back by itself.
//!
//! It does not know the date: prices and logs that need one ask `SystemTime`.

use std::sync::{LazyLock, OnceLock};
use std::time::Instant;

static ANCHOR: LazyLock<Instant> = LazyLock::new(Instant::now);
static FAST: OnceLock<Fast> = OnceLock::new();

struct Fast {
    clock: quanta::Clock,
    /// The raw counter at the moment of `at_nanos`.
    raw: u64,
    at_nanos: u64,
}

/// Nanoseconds since the process's anchor; never 0 and never running backwards
/// within one source.
#[inline]
pub(crate) fn now() -> u64 {
    match FAST.get() {
        Some(fast) => fast.at_nanos.wrapping_add(fast.clock.delta_as_nanos(fast.raw, fast.clock.raw())),
        None => system_now(),
    }
}

#[cold]
fn system_now() -> u64 {
    // 0 is what the rest of the crate reads as "not started".
    u64::try_from(ANCHOR.elapsed().as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// Calibrates the fast counter and switches to it, once. Spins for up to 200 ms:
/// call it on a thread that nobody waits for.
pub(crate) fn calibrate() {
    FAST.get_or_init(|| {
        let clock = quanta::Clock::new();
        // Between the two reads at most some hundred nanoseconds pass.
        let raw = clock.raw();
        Fast { clock, raw, at_nanos: system_now() }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_of_source_is_seamless() {
        let before = now();
        calibrate();
        let after = now();
        let system = system_now();
        assert!(after >= before, "{after} < {before}");
        assert!(after.abs_diff(system) < 1_000_000, "{after} against {system}");
    }
}
