//! Counts of what happens to arc-obs itself: what it dropped, folded or refused.
//!
//! Only counts. `metrics` shows the counts as `arc_obs_*` families, `setup`
//! speaks about them; nobody logs from here, so nothing can feed on itself.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::operation::{UsageFlaw, UsageFlaws};

/// Why a run-time string did not become a label value of its own.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum LabelOverflow {
    /// The label already had its full number of run-time values: it went into `other`.
    Cap,
    /// It was longer than a label value may be, and was cut.
    TooLong,
}

impl LabelOverflow {
    pub(crate) const ALL: [Self; 2] = [Self::Cap, Self::TooLong];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Cap => "cap",
            Self::TooLong => "too_long",
        }
    }
}

/// Why what `cost = …` says was not charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum CostRefused {
    /// Less than nothing.
    Negative,
    /// Infinite, or no number at all.
    NotFinite,
    /// More than one operation can have cost.
    TooLarge,
    /// The user's code panicked.
    Panicked,
}

impl CostRefused {
    pub(crate) const ALL: [Self; 4] = [Self::Negative, Self::NotFinite, Self::TooLarge, Self::Panicked];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Negative => "negative",
            Self::NotFinite => "not_finite",
            Self::TooLarge => "too_large",
            Self::Panicked => "panicked",
        }
    }
}

static COSTS_REFUSED: [AtomicU64; CostRefused::ALL.len()] = [const { AtomicU64::new(0) }; CostRefused::ALL.len()];
static LABEL_OVERFLOWS: [AtomicU64; LabelOverflow::ALL.len()] = [const { AtomicU64::new(0) }; LabelOverflow::ALL.len()];
static USAGE_FLAWS: [AtomicU64; UsageFlaw::ALL.len()] = [const { AtomicU64::new(0) }; UsageFlaw::ALL.len()];
static USAGE_UNATTRIBUTED: AtomicU64 = AtomicU64::new(0);
static SERVER_UP: AtomicU64 = AtomicU64::new(0);
static SCRAPE_ERRORS: AtomicU64 = AtomicU64::new(0);

/// A run-time label value was folded or cut.
pub(crate) fn label_overflow(reason: LabelOverflow) {
    LABEL_OVERFLOWS[reason as usize].fetch_add(1, Ordering::Relaxed);
}

/// Token counts of one response were wrong in these ways.
pub(crate) fn usage_flaws(flaws: UsageFlaws) {
    for flaw in UsageFlaw::ALL {
        if flaws.contains(flaw) {
            USAGE_FLAWS[flaw as usize].fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A stated cost was not charged.
pub(crate) fn cost_refused(reason: CostRefused) {
    COSTS_REFUSED[reason as usize].fetch_add(1, Ordering::Relaxed);
}

/// Usage was recorded where no LLM call takes it.
pub(crate) fn usage_unattributed() {
    USAGE_UNATTRIBUTED.fetch_add(1, Ordering::Relaxed);
}

/// A metrics server begins to listen, or ends.
#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only the server room calls it"))]
pub(crate) fn server_up(up: bool) {
    if up {
        SERVER_UP.fetch_add(1, Ordering::Relaxed)
    } else {
        SERVER_UP.fetch_sub(1, Ordering::Relaxed)
    };
}

/// The registry could not be written out.
#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only the server room calls it"))]
pub(crate) fn scrape_error() {
    SCRAPE_ERRORS.fetch_add(1, Ordering::Relaxed);
}

/// What was counted until now.
pub(crate) struct Counts {
    pub(crate) label_overflows: [(LabelOverflow, u64); LabelOverflow::ALL.len()],
    pub(crate) usage_flaws: [(UsageFlaw, u64); UsageFlaw::ALL.len()],
    pub(crate) costs_refused: [(CostRefused, u64); CostRefused::ALL.len()],
    pub(crate) usage_unattributed: u64,
    pub(crate) server_up: u64,
    pub(crate) scrape_errors: u64,
}

/// Reads all counts.
pub(crate) fn counts() -> Counts {
    let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
    Counts {
        label_overflows: LabelOverflow::ALL.map(|reason| (reason, read(&LABEL_OVERFLOWS[reason as usize]))),
        usage_flaws: UsageFlaw::ALL.map(|flaw| (flaw, read(&USAGE_FLAWS[flaw as usize]))),
        costs_refused: CostRefused::ALL.map(|reason| (reason, read(&COSTS_REFUSED[reason as usize]))),
        usage_unattributed: read(&USAGE_UNATTRIBUTED),
        server_up: read(&SERVER_UP),
        scrape_errors: read(&SCRAPE_ERRORS),
    }
}
