//! Where spans wait that have ended: bounded, in number and in bytes, and never waited for.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::ended::{Ended, EndedSpan, SpanEvent, SpanStatus, Text};
use crate::operation::FieldValue;
use crate::self_telemetry::{self, SpanDrop};

/// So many bytes may what waits have, on the average of as many spans as there may be, before any
/// of it is dropped; and `FEWEST_BYTES` in any case.
const BYTES_OF_A_SPAN: usize = 32 * 1024;
const FEWEST_BYTES: usize = 64 * 1024 * 1024;

/// How many bytes may wait where so many spans may.
pub(crate) fn most_bytes(spans: usize) -> usize {
    spans.saturating_mul(BYTES_OF_A_SPAN).max(FEWEST_BYTES)
}

/// Spans that wait for the export thread.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    capacity: usize,
    most_bytes: usize,
    /// So many are worth waking somebody for before it is time.
    batch: usize,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    spans: VecDeque<Ended>,
    bytes: usize,
    /// Nobody fetches what comes now.
    is_closed: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize, batch: usize) -> Self {
        let capacity = capacity.max(1);
        let most_bytes = most_bytes(capacity);
        Self { waiting: Mutex::default(), capacity, most_bytes, batch: batch.clamp(1, capacity), filled: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a span, or counts that there was no room for it.
    pub(crate) fn push(&self, span: Ended) {
        self_telemetry::span_accepted();
        let bytes = bytes(&span);
        let mut waiting = self.lock();
        let waited = waiting.spans.len();
        let room = self.most_bytes.saturating_sub(waiting.bytes);
        if waiting.is_closed || waited >= self.capacity || bytes > room {
            let why = match waiting.is_closed {
                true => SpanDrop::AfterShutdown,
                false if waited >= self.capacity => SpanDrop::QueueFull,
                false => SpanDrop::QueueBytes,
            };
            drop(waiting);
            self_telemetry::span_lost(why, 1);
            return;
        }
        waiting.bytes += bytes;
        waiting.spans.push_back(span);
        drop(waiting);
        if waited + 1 == self.batch {
            self.filled.notify_one();
        }
    }

    /// All that wait, the oldest first.
    pub(crate) fn take(&self) -> Vec<Ended> {
        let mut waiting = self.lock();
        waiting.bytes = 0;
        std::mem::take(&mut waiting.spans).into()
    }

    /// The same, and takes no more.
    pub(crate) fn close(&self) -> Vec<Ended> {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        std::mem::take(&mut waiting.spans).into()
    }

    /// Until there is a batch.
    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }
}

/// How much memory a span holds, as far as the program decides that.
fn bytes(span: &EndedSpan) -> usize {
    let status = if let SpanStatus::Error(message) = &span.status { message.len() } else { 0 };
    let facts = span.facts.as_ref().map_or(0, |facts| {
        let texts = [&facts.response_model, &facts.response_id];
        let message = facts.failure.as_ref().and_then(|failure| failure.message.as_ref());
        texts.into_iter().flatten().chain(message).map(String::len).sum::<usize>()
    });
    size_of_val(span)
        + text(&span.name)
        + span.trace_state.len()
        + status
        + facts
        + said(&span.attributes, &span.events)
        + size_of_val(&*span.links)
}

/// The same of what is said of a span.
pub(crate) fn said(attributes: &[(Text, FieldValue)], events: &[SpanEvent]) -> usize {
    fn of(attributes: &[(Text, FieldValue)]) -> usize {
        let values = attributes.iter().map(|(name, value)| {
            let texts = match value {
                FieldValue::Text(value) => value.len(),
                FieldValue::Texts(values) => size_of_val(&**values) + values.iter().map(String::len).sum::<usize>(),
                _ => 0,
            };
            text(name) + texts
        });
        size_of_val(attributes) + values.sum::<usize>()
    }
    let events = events.iter().map(|event| size_of_val(event) + text(&event.name) + of(&event.attributes));
    of(attributes) + events.sum::<usize>()
}

/// A constant of the program is there anyway.
fn text(text: &Text) -> usize {
    if let Cow::Owned(text) = text { text.len() } else { 0 }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::operation::{SpanId, TraceId};
    use crate::trace::ended::Dropped;

    fn span(bytes: usize) -> Ended {
        Box::new(EndedSpan {
            trace_id: TraceId::from_bytes([1; 16]).unwrap(),
            span_id: SpanId::from_bytes([1; 8]).unwrap(),
            parent: None,
            trace_flags: 1,
            trace_state: String::new(),
            name: "large".into(),
            kind: None,
            start: SystemTime::UNIX_EPOCH,
            duration: Duration::ZERO,
            attributes: vec![("text".into(), FieldValue::Text("x".repeat(bytes)))],
            events: Vec::new(),
            links: Vec::new(),
            status: SpanStatus::Unset,
            scope: "test".into(),
            dropped: Dropped::default(),
            facts: None,
        })
    }

    #[test]
    fn what_waits_is_bounded_in_bytes_until_it_is_taken() {
        let queue = Queue::new(100, 10);
        for _ in 0..20 {
            queue.push(span(8 * 1024 * 1024));
        }
        assert_eq!(queue.take().len(), 7, "64 MiB, with what spans are beside their texts");
        queue.push(span(8 * 1024 * 1024));
        assert_eq!(queue.close().len(), 1);
    }
}
