//! A span as it leaves the process.

use std::borrow::Cow;
use std::time::SystemTime;

use super::{FieldValue, SpanEvent, SpanId, SpanKind, SpanLink, SpanStatus, TraceId};

/// A span as it leaves the process: in the names of the chosen convention, without what must not
/// leave, and cut to its limits.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Span {
    /// Its trace.
    pub trace_id: TraceId,
    /// Its own name within the trace.
    pub span_id: SpanId,
    /// The span that it is inside of.
    pub parent_span_id: Option<SpanId>,
    /// Whether that is in another process.
    pub parent_is_remote: bool,
    /// W3C trace flags; the lowest bit says that it is sampled.
    pub trace_flags: u8,
    /// W3C `tracestate`, mostly empty.
    pub trace_state: String,
    /// What it is called: `invoke_agent researcher`, `chat gpt-4o`.
    pub name: Cow<'static, str>,
    /// What it is to the span around it.
    pub kind: SpanKind,
    /// When it began.
    pub start: SystemTime,
    /// When it ended.
    pub end: SystemTime,
    /// What is said of it, each name once.
    pub attributes: Vec<(Cow<'static, str>, FieldValue)>,
    /// How many attributes were too many.
    pub dropped_attributes: u32,
    /// What happened while it was open.
    pub events: Vec<SpanEvent>,
    /// How many events were too many.
    pub dropped_events: u32,
    /// Spans that it has to do with.
    pub links: Vec<SpanLink>,
    /// How many links were too many.
    pub dropped_links: u32,
    /// Whether it did what it was to do.
    pub status: SpanStatus,
    /// Who made it: the module of the annotated function, or the library that it is from.
    pub scope: Cow<'static, str>,
}

impl Span {
    /// The value of an attribute; `None` if it has none.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&FieldValue> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}
