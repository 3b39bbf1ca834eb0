//! What becomes of spans: `accepted = delivered + dropped + under way`, of the process's queue
//! and of each exporter. Whatever is dropped was accepted before, also what found no room; and the
//! queue has delivered what it has given to the exporters, each of which accepts all of it. So
//! nothing is under way when all is over, and then `accepted = delivered + dropped`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Why a span, or another thing that was to leave the process, did not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum SpanDrop {
    /// More waited than the queue holds.
    QueueFull,
    /// What waited had more bytes than the queue holds.
    QueueBytes,
    /// More were entered around it than a trace has levels.
    TooDeep,
    /// It ended when traces were not made any more.
    AfterShutdown,
    /// It had not left when the time of the shutdown was over.
    Shutdown,
    /// The receiver did not answer in time.
    Timeout,
    /// The receiver could not be reached, or broke off.
    Unreachable,
    /// The receiver's certificate, or what there was instead.
    Tls,
    /// The receiver does not know who we are.
    Auth,
    /// The receiver refused it.
    Rejected,
    /// It was too large.
    TooLarge,
    /// The exporter panicked, or failed in a way of its own.
    Failed,
}

impl SpanDrop {
    pub(crate) const ALL: [Self; 12] = [
        Self::QueueFull,
        Self::QueueBytes,
        Self::TooDeep,
        Self::AfterShutdown,
        Self::Shutdown,
        Self::Timeout,
        Self::Unreachable,
        Self::Tls,
        Self::Auth,
        Self::Rejected,
        Self::TooLarge,
        Self::Failed,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::QueueBytes => "queue_bytes",
            Self::TooDeep => "too_deep",
            Self::AfterShutdown => "after_shutdown",
            Self::Shutdown => "shutdown",
            Self::Timeout => "timeout",
            Self::Unreachable => "unreachable",
            Self::Tls => "tls",
            Self::Auth => "auth",
            Self::Rejected => "rejected",
            Self::TooLarge => "too_large",
            Self::Failed => "failed",
        }
    }
}

static ACCEPTED: AtomicU64 = AtomicU64::new(0);
static DELIVERED: AtomicU64 = AtomicU64::new(0);
static DROPPED: [AtomicU64; SpanDrop::ALL.len()] = [const { AtomicU64::new(0) }; SpanDrop::ALL.len()];

/// A span that has ended waits to be exported.
pub(crate) fn span_accepted() {
    ACCEPTED.fetch_add(1, Ordering::Relaxed);
}

/// Spans were to wait, and could not.
#[cold]
pub(crate) fn span_dropped(reason: SpanDrop, spans: u64) {
    ACCEPTED.fetch_add(spans, Ordering::Relaxed);
    span_lost(reason, spans);
}

/// Spans waited, and did not come as far as to an exporter.
#[cold]
pub(crate) fn span_lost(reason: SpanDrop, spans: u64) {
    DROPPED[reason as usize].fetch_add(spans, Ordering::Relaxed);
}

/// Spans waited, and were given to every exporter.
pub(crate) fn spans_delivered(spans: u64) {
    DELIVERED.fetch_add(spans, Ordering::Relaxed);
}

/// How many spans were to wait, how many were given to every exporter, and how many dropped before.
pub(crate) fn spans() -> (u64, u64, [(SpanDrop, u64); SpanDrop::ALL.len()]) {
    // What was accepted last, so that it is no less than what has become of it.
    let dropped = SpanDrop::ALL.map(|reason| (reason, DROPPED[reason as usize].load(Ordering::Relaxed)));
    let delivered = DELIVERED.load(Ordering::Relaxed);
    (ACCEPTED.load(Ordering::Relaxed), delivered, dropped)
}

/// What one exporter did.
#[derive(Debug)]
pub(crate) struct ExportCounts {
    pub(crate) exporter: &'static str,
    /// What it exports: `traces`, `metrics`.
    pub(crate) signal: &'static str,
    accepted: AtomicU64,
    delivered: AtomicU64,
    dropped: [AtomicU64; SpanDrop::ALL.len()],
}

static EXPORTERS: Mutex<Vec<&'static ExportCounts>> = Mutex::new(Vec::new());

impl ExportCounts {
    /// Those of the exporter of this name, from the start of the process on. They are few, and kept.
    pub(crate) fn of(exporter: &'static str) -> &'static Self {
        Self::of_signal("traces", exporter)
    }

    /// The same, of one that exports something else.
    pub(crate) fn of_signal(signal: &'static str, exporter: &'static str) -> &'static Self {
        let mut all = EXPORTERS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|known| (known.signal, known.exporter) == (signal, exporter)) {
            return known;
        }
        let dropped = [const { AtomicU64::new(0) }; SpanDrop::ALL.len()];
        let counts = Self { exporter, signal, accepted: AtomicU64::new(0), delivered: AtomicU64::new(0), dropped };
        let counts: &'static Self = Box::leak(Box::new(counts));
        all.push(counts);
        counts
    }

    pub(crate) fn accepted(&self, spans: u64) {
        self.accepted.fetch_add(spans, Ordering::Relaxed);
    }

    pub(crate) fn delivered(&self, spans: u64) {
        self.delivered.fetch_add(spans, Ordering::Relaxed);
    }

    pub(crate) fn dropped(&self, reason: SpanDrop, spans: u64) {
        self.dropped[reason as usize].fetch_add(spans, Ordering::Relaxed);
    }

    /// Accepted, delivered, and dropped by reason.
    pub(crate) fn read(&self) -> (u64, u64, [(SpanDrop, u64); SpanDrop::ALL.len()]) {
        let dropped = SpanDrop::ALL.map(|reason| (reason, self.dropped[reason as usize].load(Ordering::Relaxed)));
        let delivered = self.delivered.load(Ordering::Relaxed);
        (self.accepted.load(Ordering::Relaxed), delivered, dropped)
    }
}

/// All exporters that there were in this process.
pub(crate) fn exporters() -> Vec<&'static ExportCounts> {
    EXPORTERS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
