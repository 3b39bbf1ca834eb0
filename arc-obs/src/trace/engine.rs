//! What spans are made into: whether they are sampled, their names, and where they go when
//! they have ended. One for the process while traces are made, from `init` to `shutdown`.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};

use super::ended::{EndedSpan, SpanLink};
use super::queue::Queue;
use super::sampler::{Sampler, Verdict};
use crate::operation::{SpanId, TraceId};
use crate::self_telemetry::{self, SpanDrop};

static CURRENT: ArcSwapOption<Engine> = ArcSwapOption::const_empty();

/// What makes traces, while somebody wants them.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) sampler: Sampler,
    pub(crate) limits: SpanLimits,
    queue: Arc<Queue>,
}

/// How much one span may have; what is more is counted and not kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanLimits {
    pub(crate) attributes: usize,
    pub(crate) events: usize,
    pub(crate) links: usize,
}

impl Default for SpanLimits {
    /// As OpenTelemetry presets them.
    fn default() -> Self {
        Self { attributes: 128, events: 128, links: 128 }
    }
}

impl Engine {
    pub(crate) fn new(sampler: Sampler, limits: SpanLimits, queue: Arc<Queue>) -> Self {
        Self { sampler, limits, queue }
    }

    /// Names a new span and decides whether it is sampled.
    pub(crate) fn start(&self, parent: &SpanContext, name: &str) -> (SpanContext, Verdict) {
        let inherits = parent.is_valid();
        let trace_id = if inherits { parent.trace_id() } else { new_trace_id() };
        let verdict = self.sampler.decide(inherits.then_some(parent), trace_id, name);
        let flags = if verdict == Verdict::Sample { TraceFlags::SAMPLED } else { TraceFlags::default() };
        let state = if inherits { parent.trace_state().clone() } else { TraceState::NONE };
        (SpanContext::new(trace_id, new_span_id(), flags, false, state), verdict)
    }

    /// Takes a span that has ended.
    pub(crate) fn ended(&self, span: EndedSpan) {
        self.queue.push(span);
    }
}

/// Makes traces from now on, or none.
pub(crate) fn install(engine: Option<Arc<Engine>>) {
    CURRENT.store(engine);
}

/// What makes traces now.
pub(crate) fn current() -> arc_swap::Guard<Option<Arc<Engine>>> {
    CURRENT.load()
}

/// Whether a trace would be kept that begins here: the flags that say so.
pub(crate) fn sampled_anew(trace_id: opentelemetry::TraceId) -> TraceFlags {
    let is_kept = current().as_ref().is_some_and(|engine| engine.sampler.decide(None, trace_id, "") == Verdict::Sample);
    if is_kept { TraceFlags::SAMPLED } else { TraceFlags::default() }
}

/// The span of another process that a trace was to go on from, and begins anew.
pub(crate) struct Restarted(pub(crate) SpanContext);

/// Of the first span of such a trace, the link to it.
pub(crate) fn links(parent: &Context) -> Vec<SpanLink> {
    let restarted = parent.get::<Restarted>().filter(|_| !parent.span().span_context().is_valid());
    let link = |Restarted(from): &Restarted| Some(SpanLink::new(trace_id(from.trace_id())?, span_id(from.span_id())?));
    restarted.and_then(link).into_iter().collect()
}

/// A span ends that was begun while traces were made, and they are not any more.
pub(crate) fn ended_late() {
    self_telemetry::span_dropped(SpanDrop::AfterShutdown, 1);
}

fn new_trace_id() -> opentelemetry::TraceId {
    opentelemetry::TraceId::from(fastrand::u128(1..))
}

fn new_span_id() -> opentelemetry::SpanId {
    opentelemetry::SpanId::from(fastrand::u64(1..))
}

/// Our own id for OpenTelemetry's; `None` for one that names nothing.
pub(crate) fn trace_id(id: opentelemetry::TraceId) -> Option<TraceId> {
    TraceId::from_bytes(id.to_bytes())
}

/// The same for a span's.
pub(crate) fn span_id(id: opentelemetry::SpanId) -> Option<SpanId> {
    SpanId::from_bytes(id.to_bytes())
}
