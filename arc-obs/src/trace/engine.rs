//! What spans are made into: whether they are sampled, their names, and where they go when
//! they have ended. One for the process while traces are made, from `init` to `shutdown`.

use std::cell::RefCell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use fastrand::Rng;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceFlags, TraceState};

use super::ended::Ended;
use super::queue::Queue;
use super::sampler::{Sampling, Verdict};
use super::tail::Place;
use crate::operation::{SpanId, TraceId};
use crate::self_telemetry::{self, SpanDrop};
use crate::settings::Limits;

static CURRENT: ArcSwapOption<Engine> = ArcSwapOption::const_empty();

/// Whether traces have been made, and are not any more.
static STATE: AtomicU8 = AtomicU8::new(RUNNING);

/// They are made, or never were.
const RUNNING: u8 = 0;
const STOPPED: u8 = 1;
const STOPPED_AND_TOLD: u8 = 2;

/// Tells who runs the program.
static WARN: Mutex<Option<fn(&str)>> = Mutex::new(None);

/// How many there have been.
static NUMBER: AtomicU64 = AtomicU64::new(0);

/// What makes traces, while somebody wants them.
#[derive(Debug)]
pub(crate) struct Engine {
    number: u64,
    pub(crate) sampling: Sampling,
    pub(crate) limits: SpanLimits,
    queue: Arc<Queue>,
}

/// How much one span may have; what is more is counted and not kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpanLimits {
    pub(crate) attributes: usize,
    pub(crate) events: usize,
    pub(crate) links: usize,
    /// Of each event.
    pub(crate) event_attributes: usize,
    /// How many characters a text may have.
    pub(crate) value_length: usize,
}

impl Default for SpanLimits {
    /// As OpenTelemetry presets them, but for the length of a text, which it does not limit.
    fn default() -> Self {
        Self { attributes: 128, events: 128, links: 128, event_attributes: 128, value_length: 65_536 }
    }
}

/// A span that is to be: its names, and where it waits if its trace is not sampled.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) context: SpanContext,
    pub(super) place: Option<Place>,
}

impl SpanLimits {
    /// What is said, else what is preset.
    pub(crate) fn of(said: Limits) -> Self {
        let preset = Self::default();
        Self {
            attributes: said.attributes.unwrap_or(preset.attributes),
            events: said.events.unwrap_or(preset.events),
            links: said.links.unwrap_or(preset.links),
            event_attributes: said.event_attributes.unwrap_or(preset.event_attributes),
            value_length: said.value_length.unwrap_or(preset.value_length),
        }
    }
}

impl Engine {
    pub(crate) fn new(sampling: Sampling, limits: SpanLimits, queue: Arc<Queue>) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed) + 1;
        Self { number, sampling, limits, queue }
    }

    /// Tells it from others that there were.
    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    /// Names a new span and decides whether it is sampled; `None` for one of which nothing
    /// will ever be known, as of the one around it: that can stand for both.
    pub(super) fn begin(&self, parent: &Context) -> Option<Begun> {
        let around = parent.span();
        let around = around.span_context();
        let inherits = around.is_valid();
        let trace_id = if inherits { around.trace_id() } else { new_trace_id() };
        let verdict = self.sampling.sampler.decide(inherits.then_some(around), trace_id);
        let place = match verdict {
            Verdict::Drop if self.sampling.keep.is_anything() => {
                Some(Place::find(parent, around, trace_id, self.sampling.keep))
            }
            Verdict::Drop if inherits && !around.is_sampled() => return None,
            _ => None,
        };
        let is_sampled = verdict == Verdict::Sample || place.as_ref().is_some_and(|place| place.tail.is_kept());
        let (flags, state) = if inherits {
            (around.trace_flags().with_sampled(is_sampled), around.trace_state().clone())
        } else {
            (TraceFlags::default().with_sampled(is_sampled), TraceState::NONE)
        };
        Some(Begun { context: SpanContext::new(trace_id, new_span_id(), flags, false, state), place })
    }
}

impl Begun {
    /// One of which nothing is kept, inside of another such.
    pub(super) fn unsampled(around: &SpanContext) -> Self {
        let (flags, state) = (around.trace_flags(), around.trace_state().clone());
        Self { context: SpanContext::new(around.trace_id(), new_span_id(), flags, false, state), place: None }
    }
}

/// Makes traces from now on.
pub(crate) fn install(engine: Arc<Engine>) {
    STATE.store(RUNNING, Ordering::Relaxed);
    CURRENT.store(Some(engine));
    super::active::provide();
}

/// Makes no traces any more; what comes then is counted, and told once.
pub(crate) fn stop(warn: fn(&str)) {
    if CURRENT.load().is_some() {
        *WARN.lock().unwrap_or_else(PoisonError::into_inner) = Some(warn);
        // Before: who finds none there is to know that there was one.
        STATE.store(STOPPED, Ordering::Relaxed);
        CURRENT.store(None);
    }
}

/// What makes traces now.
pub(crate) fn current() -> arc_swap::Guard<Option<Arc<Engine>>> {
    CURRENT.load()
}

/// A span begins, or ends, and no traces are made.
#[cold]
pub(super) fn missed() {
    if STATE.load(Ordering::Relaxed) == RUNNING {
        return;
    }
    self_telemetry::span_dropped(SpanDrop::AfterShutdown, 1);
    if STATE.swap(STOPPED_AND_TOLD, Ordering::Relaxed) == STOPPED {
        let warn = *WARN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(warn) = warn {
            warn(
                "a span began or ended after shutdown, and is in no trace: shut down when all work has ended \
                 (arc_obs_export_dropped_total{reason=\"after_shutdown\"} counts further ones)",
            );
        }
    }
}

/// Takes a span that has ended, made by the engine of this number.
pub(super) fn ended(number: u64, span: Ended, place: Option<Place>) {
    let engine = current();
    match (engine.as_ref().filter(|engine| engine.number == number), place) {
        (Some(engine), Some(Place { tail, is_first })) => tail.ended(span, is_first, &engine.queue),
        (Some(engine), None) => engine.queue.push(span),
        // It was begun while traces were made, and they are not any more.
        (None, _) if span.trace_flags & TraceFlags::SAMPLED.to_u8() == 0 => {}
        // Its own is gone, and there is another one.
        (None, _) if engine.is_some() => self_telemetry::span_dropped(SpanDrop::AfterShutdown, 1),
        (None, _) => missed(),
    }
}

/// Whether a trace would be kept that begins here: the flags that say so.
pub(crate) fn sampled_anew(trace_id: opentelemetry::TraceId) -> TraceFlags {
    let is_kept =
        current().as_ref().is_some_and(|engine| engine.sampling.sampler.decide(None, trace_id) == Verdict::Sample);
    if is_kept { TraceFlags::SAMPLED } else { TraceFlags::default() }
}

/// The span of another process that a trace was to go on from, and begins anew.
pub(crate) struct Restarted(pub(crate) SpanContext);

/// Of what begins such a trace, that span: the new one has a link to it.
pub(super) fn restarted(parent: &Context) -> Option<&SpanContext> {
    let from = parent.get::<Restarted>().filter(|_| !parent.span().span_context().is_valid());
    from.map(|Restarted(from)| from)
}

thread_local! {
    // Ours, seeded by the system: the one that the program uses may be given a seed by it, and would
    // then name the same traces in every run.
    static RNG: RefCell<Rng> = RefCell::new(seeded());
}

fn seeded() -> Rng {
    Rng::with_seed(RandomState::new().build_hasher().finish())
}

fn random<T>(draw: impl Fn(&mut Rng) -> T) -> T {
    RNG.try_with(|rng| draw(&mut rng.borrow_mut())).unwrap_or_else(|_| draw(&mut seeded()))
}

fn new_trace_id() -> opentelemetry::TraceId {
    opentelemetry::TraceId::from(random(|rng| rng.u128(1..)))
}

fn new_span_id() -> opentelemetry::SpanId {
    opentelemetry::SpanId::from(random(|rng| rng.u64(1..)))
}

/// Our own id for OpenTelemetry's; `None` for one that names nothing.
pub(crate) fn trace_id(id: opentelemetry::TraceId) -> Option<TraceId> {
    TraceId::from_bytes(id.to_bytes())
}

/// The same for a span's.
pub(crate) fn span_id(id: opentelemetry::SpanId) -> Option<SpanId> {
    SpanId::from_bytes(id.to_bytes())
}
