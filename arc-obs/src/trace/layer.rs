//! The layer that makes traces of `tracing` spans: our own operations' and the user's.
//!
//! What is current is OpenTelemetry's `Context`, so that spans made through its own API
//! find their parents among ours, and ours among them. It is attached while a span is
//! entered.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, ContextGuard};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;

use super::ended::{Dropped, EndedSpan, Facts, Parent, SpanEvent, SpanKind, SpanLink, SpanStatus, Text};
use super::engine::{self, Engine, SpanLimits};
use super::foreign;
use super::sampler::Verdict;
use crate::clock::Stamp;
use crate::operation::FieldValue;

/// Makes traces of spans, for a subscriber of your own: see [`layer`].
#[derive(Debug)]
pub struct TraceLayer(());

/// The layer that makes traces of `tracing` spans, for a subscriber that you set yourself.
///
/// [`init`](crate::init) sets one with this layer alone, where the program has none. Where
/// it has its own (for logs, say), this layer is to be in it; it does nothing before `init`
/// and after shutdown.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(arc_obs::layer());
/// tracing::subscriber::set_global_default(subscriber)?;
/// let obs = arc_obs::builder().service_name("shop").no_server().install()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a layer does nothing by itself: add it to a subscriber"]
pub fn layer() -> TraceLayer {
    TraceLayer(())
}

/// A span that is open.
pub(super) struct Live {
    /// What is current inside of it.
    context: Context,
    /// Whether anything of it is kept: nothing of one that is not sampled.
    is_recorded: bool,
    /// What is recorded of it, until it ends.
    recording: Mutex<Option<Box<Recording>>>,
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("is_recorded", &self.is_recorded).finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Recording {
    context: SpanContext,
    parent: Option<Parent>,
    metadata: &'static tracing::Metadata<'static>,
    name: Text,
    kind: Option<SpanKind>,
    status: SpanStatus,
    start: SystemTime,
    started: Stamp,
    attributes: Vec<(Text, FieldValue)>,
    events: Vec<SpanEvent>,
    links: Vec<SpanLink>,
    dropped: Dropped,
    facts: Option<Box<Facts>>,
    limits: SpanLimits,
}

impl Live {
    /// Changes what is recorded, where anything is.
    fn record(&self, change: impl FnOnce(&mut Recording)) {
        if !self.is_recorded {
            return;
        }
        if let Some(recording) = &mut *self.recording.lock().unwrap_or_else(PoisonError::into_inner) {
            change(recording);
        }
    }

    /// Says what the operation was, at its end; asks for it only where that is kept.
    pub(super) fn set_facts(&self, facts: impl FnOnce() -> Facts) {
        if self.is_recorded {
            let facts = Box::new(facts());
            self.record(|recording| recording.facts = Some(facts));
        }
    }

    fn take(&self) -> Option<Box<Recording>> {
        if !self.is_recorded {
            return None;
        }
        self.recording.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

thread_local! {
    /// The contexts that are attached on this thread, by span.
    static ATTACHED: RefCell<Vec<(Id, ContextGuard)>> = const { RefCell::new(Vec::new()) };
    /// The span that this thread has made last, for who has asked for it.
    static MADE: RefCell<Option<Arc<Live>>> = const { RefCell::new(None) };
}

/// What the layer has made of the span that `make` makes; nothing where there is no layer.
pub(super) fn made_by<T>(make: impl FnOnce() -> T) -> (T, Option<Arc<Live>>) {
    let _ = MADE.try_with(RefCell::take);
    let made = make();
    (made, MADE.try_with(RefCell::take).unwrap_or_default())
}

impl Engine {
    fn open(&self, attributes: &Attributes<'_>, parent: &Context) -> Live {
        let metadata = attributes.metadata();
        let around = parent.span();
        let around = around.span_context();
        let (context, verdict) = self.start(around, metadata.name());
        let recording = (verdict == Verdict::Sample).then(|| {
            let mut recording = Recording {
                context: context.clone(),
                parent: engine::span_id(around.span_id())
                    .filter(|_| around.is_valid())
                    .map(|span_id| Parent { span_id, is_remote: around.is_remote() }),
                metadata,
                name: metadata.name().into(),
                kind: None,
                status: SpanStatus::Unset,
                start: SystemTime::now(),
                started: Stamp::now(),
                attributes: Vec::new(),
                events: Vec::new(),
                links: Vec::new(),
                dropped: Dropped::default(),
                facts: None,
                limits: self.limits,
            };
            attributes.record(&mut recording);
            Box::new(recording)
        });
        Live {
            context: parent.with_remote_span_context(context),
            is_recorded: recording.is_some(),
            recording: Mutex::new(recording),
        }
    }
}

impl Recording {
    fn set(&mut self, name: &'static str, value: FieldValue) {
        match (name, &value) {
            // As other bridges from `tracing` read them.
            ("otel.name", FieldValue::Text(text)) => self.name = text.clone().into(),
            ("otel.kind", FieldValue::Text(text)) => self.kind = kind(text),
            ("otel.status_code", FieldValue::Text(code)) => match code.to_ascii_lowercase().as_str() {
                "error" => self.status = SpanStatus::Error(String::new()),
                "ok" => self.status = SpanStatus::Ok,
                _ => {}
            },
            ("otel.status_description" | "otel.status_message", FieldValue::Text(text)) => {
                self.status = SpanStatus::Error(text.clone());
            }
            _ => {
                if let Some((_, place)) = self.attributes.iter_mut().find(|(known, _)| known == name) {
                    *place = value;
                } else if self.attributes.len() < self.limits.attributes {
                    self.attributes.push((name.into(), value));
                } else {
                    self.dropped.attributes += 1;
                }
            }
        }
    }

    fn end(self) -> Option<EndedSpan> {
        Some(EndedSpan {
            trace_id: engine::trace_id(self.context.trace_id())?,
            span_id: engine::span_id(self.context.span_id())?,
            parent: self.parent,
            trace_flags: self.context.trace_flags().to_u8(),
            trace_state: self.context.trace_state().header(),
            name: self.name,
            kind: self.kind,
            start: self.start,
            duration: Duration::from_nanos(self.started.elapsed_nanos()),
            attributes: self.attributes,
            events: self.events,
            links: self.links,
            status: self.status,
            scope: self.metadata.target().into(),
            dropped: self.dropped,
            facts: self.facts,
        })
    }
}

fn kind(text: &str) -> Option<SpanKind> {
    let known = [
        ("internal", SpanKind::Internal),
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
    ];
    known.into_iter().find(|(name, _)| text.eq_ignore_ascii_case(name)).map(|(_, kind)| kind)
}

impl Visit for Recording {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field.name(), FieldValue::F64(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field.name(), FieldValue::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field.name(), FieldValue::U64(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.set(field.name(), FieldValue::I128(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.set(field.name(), FieldValue::U128(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field.name(), FieldValue::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field.name(), FieldValue::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field.name(), FieldValue::Text(format!("{value:?}")));
    }
}

/// The fields of an event; its message is its name.
#[derive(Default)]
struct EventFields {
    message: Option<String>,
    fields: Vec<(Text, FieldValue)>,
}

impl EventFields {
    fn set(&mut self, field: &Field, value: FieldValue) {
        match (field.name(), value) {
            ("message", FieldValue::Text(message)) => self.message = Some(message),
            (name, value) => self.fields.push((name.into(), value)),
        }
    }
}

impl Visit for EventFields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.set(field, FieldValue::F64(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, FieldValue::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, FieldValue::U64(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, FieldValue::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, FieldValue::Text(value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, FieldValue::Text(format!("{value:?}")));
    }
}

fn live<S: Subscriber + for<'a> LookupSpan<'a>>(id: &Id, context: &LayerContext<'_, S>) -> Option<Arc<Live>> {
    context.span(id)?.extensions().get::<Arc<Live>>().cloned()
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for TraceLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        foreign::opened(attributes, id, &context);
        let engine = engine::current();
        let Some(engine) = &*engine else { return };
        let parent = match attributes.parent() {
            Some(parent) => live(parent, &context).map(|live| live.context.clone()),
            None if attributes.is_contextual() => Some(Context::current()),
            None => None,
        };
        let opened = Arc::new(engine.open(attributes, &parent.unwrap_or_default()));
        let Some(span) = context.span(id) else { return };
        let _ = MADE.try_with(|made| made.replace(Some(Arc::clone(&opened))));
        span.extensions_mut().insert(opened);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        foreign::recorded(id, values, &context);
        if let Some(live) = live(id, &context) {
            live.record(|recording| values.record(recording));
        }
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: LayerContext<'_, S>) {
        let (Some(live), Some(other)) = (live(id, &context), self::live(follows, &context)) else { return };
        let other = other.context.span().span_context().clone();
        let (Some(trace_id), Some(span_id)) = (engine::trace_id(other.trace_id()), engine::span_id(other.span_id()))
        else {
            return;
        };
        live.record(|recording| {
            if recording.links.len() < recording.limits.links {
                recording.links.push(SpanLink::new(trace_id, span_id));
            } else {
                recording.dropped.links += 1;
            }
        });
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        let Some(span) = context.event_span(event) else { return };
        let live = span.extensions().get::<Arc<Live>>().cloned();
        let Some(live) = live.filter(|live| live.is_recorded) else { return };
        // Outside of the lock: a `Debug` of the user's runs here.
        let mut fields = EventFields::default();
        event.record(&mut fields);
        let name = fields.message.map_or(Cow::Borrowed(event.metadata().name()), Cow::Owned);
        let event = SpanEvent::new(name, SystemTime::now(), fields.fields);
        live.record(|recording| {
            if recording.events.len() < recording.limits.events {
                recording.events.push(event);
            } else {
                recording.dropped.events += 1;
            }
        });
    }

    fn on_enter(&self, id: &Id, context: LayerContext<'_, S>) {
        if let Some(live) = live(id, &context) {
            let guard = live.context.clone().attach();
            let _ = ATTACHED.try_with(|attached| attached.borrow_mut().push((id.clone(), guard)));
        }
    }

    fn on_exit(&self, id: &Id, _: LayerContext<'_, S>) {
        // Mostly the last one; spans may be left in any order.
        let guard = ATTACHED.try_with(|attached| {
            let mut attached = attached.borrow_mut();
            let place = attached.iter().rposition(|(entered, _)| entered == id)?;
            Some(attached.remove(place))
        });
        drop(guard);
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        foreign::closed(&id, &context);
        let Some(span) = context.span(&id) else { return };
        let Some(live) = span.extensions_mut().remove::<Arc<Live>>() else { return };
        let Some(ended) = live.take().and_then(|recording| recording.end()) else { return };
        match &*engine::current() {
            Some(engine) => engine.ended(ended),
            None => engine::ended_late(),
        }
    }
}
