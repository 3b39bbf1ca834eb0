//! Counts of what happens to arc-obs itself: what it dropped, folded or refused.
//!
//! Only counts. `metrics` shows the counts as `arc_obs_*` families, `setup`
//! speaks about them; nobody logs from here, so nothing can feed on itself.

#[cfg(feature = "traces")]
mod export;
#[cfg(feature = "traces")]
mod headers;

use std::sync::atomic::{AtomicU64, Ordering};

use crate::operation::{UsageFlaw, UsageFlaws};
#[cfg(feature = "traces")]
pub(crate) use export::{
    ExportCounts, SpanDrop, exporters, span_accepted, span_dropped, span_lost, spans, spans_delivered,
};
#[cfg(feature = "traces")]
pub(crate) use headers::{RefusedHeader, header_refused, headers_refused};

/// Why a value did not become a label value of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum LabelOverflow {
    /// The label already had its full number of run-time values: it went into `other`.
    Cap,
    /// It was longer than a label value may be, and was cut.
    TooLong,
    /// It was outside of its key's range and went into `other`, or a hand-written
    /// `LabelValue` gave an index that it does not have.
    OutOfRange,
    /// The user's code that says it panicked: the call has no labels.
    Panicked,
}

impl LabelOverflow {
    pub(crate) const ALL: [Self; 4] = [Self::Cap, Self::TooLong, Self::OutOfRange, Self::Panicked];

    /// Whether it can happen only where labels are declared.
    pub(crate) const fn is_of_declared_labels(self) -> bool {
        matches!(self, Self::OutOfRange | Self::Panicked)
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Cap => "cap",
            Self::TooLong => "too_long",
            Self::OutOfRange => "out_of_range",
            Self::Panicked => "panicked",
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

/// Why the value of a span field is not what it was said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum FieldLoss {
    /// The user's code that says it panicked: it has no value.
    Panicked,
    /// It was longer than a text may be, and was cut.
    TooLong,
    /// `set_field!` did not find the operation whose field it is.
    NoOperation,
}

impl FieldLoss {
    pub(crate) const ALL: [Self; 3] = [Self::Panicked, Self::TooLong, Self::NoOperation];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Panicked => "panicked",
            Self::TooLong => "too_long",
            Self::NoOperation => "no_operation",
        }
    }
}

/// Why a client of the metrics server got no answer, or not the one that it asked for.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum ServerRefusal {
    /// It did not bring the token.
    Unauthorized,
    /// What it sent is no HTTP/1 request, or one with too large a head.
    BadRequest,
    /// It took too long to ask or to read its answer.
    TooSlow,
    /// It was cut off for another: there were too many, and it had not asked yet.
    TooManyConnections,
}

impl ServerRefusal {
    pub(crate) const ALL: [Self; 4] = [Self::Unauthorized, Self::BadRequest, Self::TooSlow, Self::TooManyConnections];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::BadRequest => "bad_request",
            Self::TooSlow => "too_slow",
            Self::TooManyConnections => "too_many_connections",
        }
    }
}

/// Why a line was not written to the terminal.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(crate) enum TerminalDrop {
    /// More lines waited than the queue holds.
    QueueFull,
    /// The program had the terminal to itself.
    Taken,
    /// Writing failed.
    Failed,
}

impl TerminalDrop {
    pub(crate) const ALL: [Self; 3] = [Self::QueueFull, Self::Taken, Self::Failed];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Taken => "terminal_in_use",
            Self::Failed => "write_failed",
        }
    }
}

/// What happened to the operations of one set of metrics: the process's, or a
/// capture's.
#[derive(Debug)]
pub(crate) struct SelfTelemetry {
    label_overflows: [AtomicU64; LabelOverflow::ALL.len()],
    usage_flaws: [AtomicU64; UsageFlaw::ALL.len()],
    usage_unattributed: AtomicU64,
    streams_unattributed: AtomicU64,
    costs_refused: [AtomicU64; CostRefused::ALL.len()],
    hit_panics: AtomicU64,
    field_losses: [AtomicU64; FieldLoss::ALL.len()],
    name_panics: AtomicU64,
    status_panics: AtomicU64,
    not_finite: AtomicU64,
}

impl SelfTelemetry {
    pub(crate) const fn new() -> Self {
        Self {
            label_overflows: [const { AtomicU64::new(0) }; LabelOverflow::ALL.len()],
            usage_flaws: [const { AtomicU64::new(0) }; UsageFlaw::ALL.len()],
            usage_unattributed: AtomicU64::new(0),
            streams_unattributed: AtomicU64::new(0),
            costs_refused: [const { AtomicU64::new(0) }; CostRefused::ALL.len()],
            hit_panics: AtomicU64::new(0),
            field_losses: [const { AtomicU64::new(0) }; FieldLoss::ALL.len()],
            name_panics: AtomicU64::new(0),
            status_panics: AtomicU64::new(0),
            not_finite: AtomicU64::new(0),
        }
    }

    /// A run-time label value was folded or cut.
    pub(crate) fn label_overflow(&self, reason: LabelOverflow) {
        self.label_overflows[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Token counts of one response were wrong in these ways.
    pub(crate) fn usage_flaws(&self, flaws: UsageFlaws) {
        for flaw in UsageFlaw::ALL {
            if flaws.contains(flaw) {
                self.usage_flaws[flaw as usize].fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Usage was recorded where no LLM call takes it.
    pub(crate) fn usage_unattributed(&self) {
        self.usage_unattributed.fetch_add(1, Ordering::Relaxed);
    }

    /// A stream was handed over where no LLM call takes it.
    pub(crate) fn stream_unattributed(&self) {
        self.streams_unattributed.fetch_add(1, Ordering::Relaxed);
    }

    /// A stated cost was not charged.
    pub(crate) fn cost_refused(&self, reason: CostRefused) {
        self.costs_refused[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Code of the user's that tells hits from misses panicked.
    pub(crate) fn hit_panicked(&self) {
        self.hit_panics.fetch_add(1, Ordering::Relaxed);
    }

    /// The value of a span field was lost, or a part of it.
    pub(crate) fn field_lost(&self, reason: FieldLoss) {
        self.field_losses[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// Code of the user's that says a name panicked.
    pub(crate) fn name_panicked(&self) {
        self.name_panics.fetch_add(1, Ordering::Relaxed);
    }

    /// Code of the user's that tells how an operation ended panicked.
    pub(crate) fn status_panicked(&self) {
        self.status_panics.fetch_add(1, Ordering::Relaxed);
    }

    /// A number that is not finite was to be added to a metric of the user's own.
    pub(crate) fn not_finite(&self) {
        self.not_finite.fetch_add(1, Ordering::Relaxed);
    }

    /// Reads all counts, with those of the process as a whole.
    pub(crate) fn counts(&self) -> Counts {
        let read = |cell: &AtomicU64| cell.load(Ordering::Relaxed);
        Counts {
            label_overflows: LabelOverflow::ALL.map(|reason| (reason, read(&self.label_overflows[reason as usize]))),
            usage_flaws: UsageFlaw::ALL.map(|flaw| (flaw, read(&self.usage_flaws[flaw as usize]))),
            usage_unattributed: read(&self.usage_unattributed),
            streams_unattributed: read(&self.streams_unattributed),
            costs_refused: CostRefused::ALL.map(|reason| (reason, read(&self.costs_refused[reason as usize]))),
            hit_panics: read(&self.hit_panics),
            field_losses: FieldLoss::ALL.map(|reason| (reason, read(&self.field_losses[reason as usize]))),
            name_panics: read(&self.name_panics),
            status_panics: read(&self.status_panics),
            not_finite: read(&self.not_finite),
            price_reload_failures: read(&PRICE_RELOAD_FAILURES),
            saturated: read(&SATURATED),
            server_up: read(&SERVER_UP),
            scrape_errors: read(&SCRAPE_ERRORS),
            server_refusals: ServerRefusal::ALL.map(|why| (why, read(&SERVER_REFUSALS[why as usize]))),
            terminal_drops: TerminalDrop::ALL.map(|reason| (reason, read(&TERMINAL_DROPS[reason as usize]))),
        }
    }
}

static PRICE_RELOAD_FAILURES: AtomicU64 = AtomicU64::new(0);
static SATURATED: AtomicU64 = AtomicU64::new(0);
static SERVER_UP: AtomicU64 = AtomicU64::new(0);
static SCRAPE_ERRORS: AtomicU64 = AtomicU64::new(0);
static SERVER_REFUSALS: [AtomicU64; ServerRefusal::ALL.len()] = [const { AtomicU64::new(0) }; ServerRefusal::ALL.len()];
static TERMINAL_DROPS: [AtomicU64; TerminalDrop::ALL.len()] = [const { AtomicU64::new(0) }; TerminalDrop::ALL.len()];

/// Lines were not written to the terminal.
pub(crate) fn terminal_dropped(reason: TerminalDrop, lines: u64) {
    TERMINAL_DROPS[reason as usize].fetch_add(lines, Ordering::Relaxed);
}

/// Prices of the user's own could not be read again: the old ones stay.
pub(crate) fn price_reload_failed() {
    PRICE_RELOAD_FAILURES.fetch_add(1, Ordering::Relaxed);
}

/// A sum of money is the largest that can be counted, and stays so.
#[cold]
pub(crate) fn saturated() {
    SATURATED.fetch_add(1, Ordering::Relaxed);
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

/// The metrics server refused a client or cut it off.
#[cfg_attr(not(feature = "server"), expect(dead_code, reason = "only the server room calls it"))]
pub(crate) fn server_refused(why: ServerRefusal) {
    SERVER_REFUSALS[why as usize].fetch_add(1, Ordering::Relaxed);
}

/// What was counted until now.
pub(crate) struct Counts {
    pub(crate) label_overflows: [(LabelOverflow, u64); LabelOverflow::ALL.len()],
    pub(crate) usage_flaws: [(UsageFlaw, u64); UsageFlaw::ALL.len()],
    pub(crate) costs_refused: [(CostRefused, u64); CostRefused::ALL.len()],
    pub(crate) usage_unattributed: u64,
    pub(crate) streams_unattributed: u64,
    pub(crate) hit_panics: u64,
    pub(crate) field_losses: [(FieldLoss, u64); FieldLoss::ALL.len()],
    pub(crate) name_panics: u64,
    pub(crate) status_panics: u64,
    pub(crate) not_finite: u64,
    pub(crate) price_reload_failures: u64,
    pub(crate) saturated: u64,
    pub(crate) server_up: u64,
    pub(crate) scrape_errors: u64,
    pub(crate) terminal_drops: [(TerminalDrop, u64); TerminalDrop::ALL.len()],
    pub(crate) server_refusals: [(ServerRefusal, u64); ServerRefusal::ALL.len()],
}
