//! In which headers a trace is named, as the process has it.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::settings::Propagator;

/// As OpenTelemetry presets them.
const PRESET: u8 = Propagator::TraceContext as u8 | Propagator::Baggage as u8;

static CHOSEN: AtomicU8 = AtomicU8::new(PRESET);

/// Those that are read and written from now on; the presets where nobody chooses.
pub(crate) fn set_propagators(chosen: Option<&[Propagator]>) {
    let bits = chosen.map_or(PRESET, |chosen| chosen.iter().fold(0, |bits, one| bits | *one as u8));
    CHOSEN.store(bits, Ordering::Relaxed);
}

/// Those that are read and written.
#[derive(Clone, Copy)]
pub(super) struct Chosen(u8);

impl Chosen {
    pub(super) fn now() -> Self {
        Self(CHOSEN.load(Ordering::Relaxed))
    }

    #[cfg(test)]
    pub(super) fn only(one: Propagator) -> Self {
        Self(one as u8)
    }

    pub(super) fn has(self, one: Propagator) -> bool {
        self.0 & one as u8 != 0
    }
}
