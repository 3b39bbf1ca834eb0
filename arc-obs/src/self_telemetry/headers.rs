//! What came in headers and was not taken over.

use std::sync::atomic::{AtomicU64, Ordering};

/// A header that was not taken over, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum RefusedHeader {
    /// It names no trace, or is there more than once: a trace begins here.
    TraceParent,
    /// It is malformed, or was cut to what is passed on.
    TraceState,
    /// An entry of it is malformed or too much.
    Baggage,
    /// One of Zipkin's, that names no trace.
    B3,
    /// It is nothing to show: a new one is made.
    RequestId,
}

impl RefusedHeader {
    pub(crate) const ALL: [Self; 5] = [Self::TraceParent, Self::TraceState, Self::Baggage, Self::B3, Self::RequestId];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::TraceParent => "traceparent",
            Self::TraceState => "tracestate",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::RequestId => "x-request-id",
        }
    }
}

static REFUSED: [AtomicU64; RefusedHeader::ALL.len()] = [const { AtomicU64::new(0) }; RefusedHeader::ALL.len()];

/// A header was refused, or a part of it.
#[cold]
pub(crate) fn header_refused(header: RefusedHeader) {
    REFUSED[header as usize].fetch_add(1, Ordering::Relaxed);
}

/// How many of each were refused.
pub(crate) fn headers_refused() -> [(RefusedHeader, u64); RefusedHeader::ALL.len()] {
    RefusedHeader::ALL.map(|header| (header, REFUSED[header as usize].load(Ordering::Relaxed)))
}
