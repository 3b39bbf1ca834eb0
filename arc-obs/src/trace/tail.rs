//! Traces of which it is only known later whether they are kept: not sampled, but one that
//! fails or is expensive is to be kept.
//!
//! Their spans wait here, until one of them says that the trace is kept, or the first one of
//! the trace in this process has ended. All spans of such a trace know the same place, by a
//! value in OpenTelemetry's `Context`; so mostly there is no table of traces to ask, and what
//! nobody holds is gone.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceFlags, TraceId};

use super::ended::{Ended, EndedSpan, SpanStatus};
use super::queue::Queue;
use super::sampler::Keep;
use crate::self_telemetry::{self, SpanDrop};

/// How many spans of one trace wait at most.
const MOST_OF_TRACE: usize = 1_024;

/// How many spans of all traces wait at most.
const MOST_OF_ALL: usize = 16_384;

static WAITING: AtomicUsize = AtomicUsize::new(0);

/// A span's place in a trace that is not sampled.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) tail: Arc<Tail>,
    /// Whether it is the first of the trace in this process.
    pub(super) is_first: bool,
}

/// The traces whose first span OpenTelemetry's own API has made: who makes it current decides
/// what else stands in the context.
static FOUND_BY_ID: LazyLock<Mutex<HashMap<TraceId, Weak<Tail>>>> = LazyLock::new(Mutex::default);

fn found_by_id() -> MutexGuard<'static, HashMap<TraceId, Weak<Tail>>> {
    FOUND_BY_ID.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A value in a context: where the spans of its trace wait.
struct Known(Arc<Tail>);

impl Place {
    /// The place of a new span of this trace, around which is that one.
    pub(super) fn find(parent: &Context, around: &SpanContext, trace_id: TraceId, keep: Keep) -> Self {
        if around.is_valid() && !around.is_remote() {
            // Values stay where another trace is made current.
            let known = parent.get::<Known>().map(|Known(tail)| tail).filter(|tail| tail.trace_id == trace_id);
            let known = known.cloned().or_else(|| found_by_id().get(&trace_id)?.upgrade());
            if let Some(tail) = known {
                return Self { tail, is_first: false };
            }
        }
        let spans = Mutex::default();
        Self { tail: Arc::new(Tail { trace_id, keep, is_found_by_id: AtomicBool::new(false), spans }), is_first: true }
    }

    /// The context in which the spans inside of this one find it.
    pub(super) fn inside(&self, context: Context) -> Context {
        if self.is_first { context.with_value(Known(Arc::clone(&self.tail))) } else { context }
    }

    /// Lets the spans inside of this one find it also where somebody else makes it current.
    pub(super) fn be_found(&self) {
        if self.is_first {
            self.tail.is_found_by_id.store(true, Ordering::Relaxed);
            found_by_id().insert(self.tail.trace_id, Arc::downgrade(&self.tail));
        }
    }
}

/// The spans of one trace that wait.
#[derive(Debug)]
pub(super) struct Tail {
    trace_id: TraceId,
    is_found_by_id: AtomicBool,
    keep: Keep,
    spans: Mutex<Spans>,
}

#[derive(Debug, Default)]
struct Spans {
    fate: Fate,
    waiting: Vec<Ended>,
    /// How many did not find room.
    lost: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Fate {
    #[default]
    Open,
    Kept,
    /// The first span has ended, and nothing was worth keeping until then.
    LetGo,
}

impl Keep {
    fn wants(&self, span: &EndedSpan) -> bool {
        let has_failed = match &span.facts {
            Some(facts) => !facts.status.is_success(),
            None => matches!(span.status, SpanStatus::Error(_)),
        };
        let cost = span.facts.as_ref().and_then(|facts| facts.cost);
        self.errors && has_failed || self.above.is_some_and(|most| cost.is_some_and(|cost| cost > most))
    }
}

impl Tail {
    /// Whether what begins now is part of a trace that is kept.
    pub(super) fn is_kept(&self) -> bool {
        self.lock().fate == Fate::Kept
    }

    fn lock(&self) -> MutexGuard<'_, Spans> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A span of it has ended.
    pub(super) fn ended(&self, span: Ended, is_first: bool, queue: &Queue) {
        let is_wanted = self.keep.wants(&span);
        let mut spans = self.lock();
        if is_wanted {
            spans.fate = Fate::Kept;
        }
        match spans.fate {
            Fate::Kept => {
                let waiting = std::mem::take(&mut spans.waiting);
                let lost = std::mem::take(&mut spans.lost);
                drop(spans);
                WAITING.fetch_sub(waiting.len(), Ordering::Relaxed);
                if lost > 0 {
                    self_telemetry::span_dropped(SpanDrop::QueueFull, lost);
                }
                for mut span in waiting.into_iter().chain([span]) {
                    span.trace_flags |= TraceFlags::SAMPLED.to_u8();
                    queue.push(span);
                }
            }
            Fate::Open if !is_first => spans.wait(span),
            Fate::Open | Fate::LetGo => {
                spans.fate = Fate::LetGo;
                let waiting = std::mem::take(&mut spans.waiting);
                drop(spans);
                WAITING.fetch_sub(waiting.len(), Ordering::Relaxed);
            }
        }
    }
}

impl Spans {
    fn wait(&mut self, span: Ended) {
        let has_room = self.waiting.len() < MOST_OF_TRACE && {
            let waited = WAITING.fetch_add(1, Ordering::Relaxed);
            if waited >= MOST_OF_ALL {
                WAITING.fetch_sub(1, Ordering::Relaxed);
            }
            waited < MOST_OF_ALL
        };
        if has_room {
            self.waiting.push(span);
        } else {
            self.lost += 1;
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        if *self.is_found_by_id.get_mut() {
            // By now another one may stand there, of the same trace.
            let mut found = found_by_id();
            if found.get(&self.trace_id).is_some_and(|tail| tail.strong_count() == 0) {
                found.remove(&self.trace_id);
            }
        }
        let waiting = self.spans.get_mut().unwrap_or_else(PoisonError::into_inner).waiting.len();
        WAITING.fetch_sub(waiting, Ordering::Relaxed);
    }
}
