//! Traces that are not at their end: Sentry takes one whole, with the span that it began with.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet, VecDeque};

use sentry_types::Uuid;
use sentry_types::protocol::v7::{EnvelopeItem, Transaction};

use super::failures::{self, Known};
use super::limits::Category;
use super::words::{self, Origin};
use crate::export::{Span, SpanId, TraceId};

/// How many traces, and how many spans of them all, are kept until their end; of more, the oldest
/// are sent as far as they came.
const MOST_TRACES: usize = 1_000;
const MOST_SPANS: usize = 10_000;

/// Of so many spans it is known that they were sent.
const MOST_SENT: usize = 10_000;

/// As many spans as Sentry takes of a transaction.
const MOST_CHILDREN: usize = 1_000;

/// Something that is sent by itself.
pub(super) struct Outgoing {
    pub(super) id: Uuid,
    pub(super) item: EnvelopeItem,
    /// How many spans are lost with it.
    pub(super) spans: usize,
    /// How many are left out of it.
    pub(super) left_out: usize,
    /// Of a transaction, its trace, and whether that begins with it.
    pub(super) trace_id: Option<TraceId>,
    pub(super) begins_trace: bool,
}

impl Outgoing {
    /// What it is to Sentry.
    pub(super) fn category(&self) -> Category {
        if self.trace_id.is_some() { Category::Transaction } else { Category::Error }
    }
}

/// What is kept of traces until their end.
pub(super) struct OpenTraces {
    rate: f64,
    traces: HashMap<TraceId, OpenTrace>,
    /// How many spans there are in them.
    spans: usize,
    /// Grows with every batch: how old a trace is.
    batch: u64,
    sent: Sent,
}

/// The spans that were sent last. Who ends when its parent was sent, begins a transaction of its
/// own: nobody would come for whom it could wait.
#[derive(Default)]
struct Sent {
    known: HashSet<SpanId>,
    in_order: VecDeque<SpanId>,
}

impl Sent {
    fn add<'a>(&mut self, spans: impl IntoIterator<Item = &'a Span>) {
        for span in spans {
            if self.known.insert(span.span_id) {
                self.in_order.push_back(span.span_id);
            }
            if self.in_order.len() > MOST_SENT {
                self.in_order.pop_front().map(|oldest| self.known.remove(&oldest));
            }
        }
    }

    /// Whether nobody comes any more who would take it along.
    fn is_root(&self, span: &Span) -> bool {
        words::is_local_root(span) || span.parent_span_id.is_some_and(|parent| self.known.contains(&parent))
    }
}

#[derive(Default)]
struct OpenTrace {
    known: Known,
    /// Those that have ended, if the trace is one that is sent.
    spans: Vec<Span>,
    /// When the last of them came.
    batch: u64,
}

impl OpenTraces {
    pub(super) fn new(rate: f64) -> Self {
        Self { rate, traces: HashMap::new(), spans: 0, batch: 0, sent: Sent::default() }
    }

    pub(super) fn rate(&self) -> f64 {
        self.rate
    }

    /// Takes what has ended, and hands out what can be sent.
    pub(super) fn take(&mut self, batch: &[Span], origin: &Origin) -> Vec<Outgoing> {
        self.batch += 1;
        let mut outgoing = Vec::new();
        for spans in crate::apm::by_trace(batch) {
            let trace_id = spans[0].trace_id;
            let is_sent = self.is_sent(trace_id);
            let trace = self.traces.entry(trace_id).or_default();
            trace.batch = self.batch;
            let events = failures::events(&mut trace.known, &spans, origin);
            outgoing.extend(events.into_iter().map(|event| Outgoing {
                id: event.event_id,
                item: event.into(),
                // Where the trace is sent, it is with that.
                spans: usize::from(!is_sent),
                left_out: 0,
                trace_id: None,
                begins_trace: false,
            }));
            if is_sent {
                self.spans += spans.len();
                trace.spans.extend(spans.iter().map(|span| (*span).clone()));
            }
            let mut is_over = false;
            // In the order in which they began: of late ones the outer takes the inner along.
            let mut roots: Vec<_> = spans.iter().filter(|span| self.sent.is_root(span)).collect();
            roots.sort_by_key(|root| root.start);
            for root in roots {
                is_over = true;
                if !is_sent {
                    self.sent.add([*root]);
                    continue;
                }
                let whole = whole(&mut trace.spans, root);
                self.spans -= whole.len();
                self.sent.add(&whole);
                outgoing.extend(transaction(root, &whole, origin));
            }
            if is_over && trace.spans.is_empty() {
                self.traces.remove(&trace_id);
            }
        }
        self.make_room(origin, &mut outgoing);
        outgoing
    }

    /// How many spans are kept back.
    pub(super) fn held(&self) -> usize {
        self.spans
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.sent.in_order.len().max(self.sent.known.len())
    }

    /// Sends all that is kept back, as far as it came.
    pub(super) fn rest(&mut self, origin: &Origin) -> Vec<Outgoing> {
        let traces = std::mem::take(&mut self.traces);
        self.spans = 0;
        traces.into_values().filter_map(|trace| unfinished(&trace.spans, origin)).collect()
    }

    /// As OpenTelemetry's own sampler has it, so that a sampler before us that keeps fewer keeps
    /// none that is not kept here.
    fn is_sent(&self, trace_id: TraceId) -> bool {
        let low = u128::from_be_bytes(trace_id.to_bytes()) as u64;
        self.rate >= 1.0 || (low >> 1) < (self.rate * (1_u64 << 63) as f64) as u64
    }

    fn make_room(&mut self, origin: &Origin, outgoing: &mut Vec<Outgoing>) {
        while self.traces.len() > MOST_TRACES || self.spans > MOST_SPANS {
            let oldest = self.traces.iter().min_by_key(|(_, trace)| trace.batch).map(|(trace_id, _)| *trace_id);
            let Some(trace) = oldest.and_then(|oldest| self.traces.remove(&oldest)) else { return };
            self.spans -= trace.spans.len();
            self.sent.add(&trace.spans);
            outgoing.extend(unfinished(&trace.spans, origin));
        }
    }
}

/// Takes a span, and all that is inside of it, out of those that have ended.
fn whole(ended: &mut Vec<Span>, root: &Span) -> Vec<Span> {
    let mut inside: HashMap<SpanId, Vec<SpanId>> = HashMap::new();
    for span in ended.iter().filter(|span| !words::is_local_root(span)) {
        if let Some(parent) = span.parent_span_id {
            inside.entry(parent).or_default().push(span.span_id);
        }
    }
    let mut found = HashSet::from([root.span_id]);
    let mut waiting = vec![root.span_id];
    while let Some(span) = waiting.pop() {
        // Ids are the user's to make, where a trace is continued: no circle of them keeps us here.
        waiting.extend(inside.remove(&span).into_iter().flatten().filter(|inside| found.insert(*inside)));
    }
    let (whole, left) = std::mem::take(ended).into_iter().partition(|span| found.contains(&span.span_id));
    *ended = left;
    whole
}

/// A trace of which the beginning did not come: its first span stands for that.
fn unfinished(spans: &[Span], origin: &Origin) -> Option<Outgoing> {
    let first = spans.iter().min_by_key(|span| span.start)?;
    transaction(first, spans, origin)
}

fn transaction(root: &Span, whole: &[Span], origin: &Origin) -> Option<Outgoing> {
    let children = whole.iter().filter(|span| span.span_id != root.span_id);
    let transaction = Transaction {
        name: Some(root.name.to_string()),
        platform: Cow::Borrowed("other"),
        release: origin.release.clone().map(Cow::Owned),
        environment: origin.environment.clone().map(Cow::Owned),
        user: words::user(root),
        tags: words::tags(root, origin),
        sdk: Some(Cow::Owned(words::sdk())),
        timestamp: Some(root.end.max(root.start)),
        start_timestamp: root.start,
        spans: children.take(MOST_CHILDREN).map(words::child).collect(),
        contexts: [("trace".to_owned(), words::trace_context(root).into())].into(),
        ..Transaction::new()
    };
    Some(Outgoing {
        id: transaction.event_id,
        item: transaction.into(),
        spans: whole.len().min(MOST_CHILDREN + 1),
        left_out: whole.len().saturating_sub(MOST_CHILDREN + 1),
        trace_id: Some(root.trace_id),
        begins_trace: root.parent_span_id.is_none(),
    })
}
