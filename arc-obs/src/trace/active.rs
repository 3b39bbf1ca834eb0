//! What OpenTelemetry's own API sees and makes: our spans as the active one, and its spans as
//! part of our traces.
//!
//! Its interface is implemented here itself, not through its SDK: a span is recorded in one way,
//! whoever made it, and there is one sampler, one set of limits and one queue.

use std::borrow::Cow;
use std::cell::Cell;
use std::sync::Arc;
use std::time::SystemTime;

use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Array, Context, ContextGuard, InstrumentationScope, KeyValue, Value, global};

use super::ended::{SpanEvent, SpanKind, SpanStatus, Text};
use super::engine::{self, Begun};
use super::foreign::{self, Fields};
use super::nested;
use super::recording::{Recorder, Recording};
use crate::operation::FieldValue;

/// A span in OpenTelemetry's hands.
#[derive(Debug)]
pub(super) struct ActiveSpan {
    context: SpanContext,
    /// Where it is recorded, if it is.
    recorder: Option<Arc<Recorder>>,
    /// Whether it was made there, and so ends there.
    is_theirs: bool,
    /// What it tells of a GenAI operation, where those are adopted.
    foreign: Option<Theirs>,
}

/// What may tell of a GenAI operation.
#[derive(Debug)]
struct Theirs {
    open: Arc<nested::Open>,
    start: SystemTime,
}

impl ActiveSpan {
    /// One of ours, or of `tracing`'s: what is said of it is recorded, but it ends where it
    /// was made.
    pub(super) fn ours(context: SpanContext, recorder: Arc<Recorder>) -> Self {
        Self { context, recorder: Some(recorder), is_theirs: false, foreign: None }
    }

    fn change(&self, change: impl FnOnce(&mut Recording)) {
        if let Some(recorder) = &self.recorder {
            recorder.change(change);
        }
    }

    fn end_at(&mut self, at: SystemTime) {
        if !self.is_theirs {
            return;
        }
        if let Some(recorder) = self.recorder.take() {
            recorder.end(Some(at), |_| None);
        }
        if let Some(Theirs { open, start }) = self.foreign.take() {
            open.theirs_ended(self.context.span_id(), at.duration_since(start).unwrap_or_default());
        }
    }
}

impl Drop for ActiveSpan {
    fn drop(&mut self) {
        self.end_at(SystemTime::now());
    }
}

impl Span for ActiveSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, timestamp: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        let event = SpanEvent::new(name.into(), timestamp, attributes.into_iter().map(attribute).collect());
        self.change(|recording| recording.add_event(event));
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.foreign.is_some() || self.recorder.as_ref().is_some_and(|recorder| recorder.is_open())
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        let (name, value) = self::attribute(attribute);
        if let Some(foreign) = &self.foreign {
            foreign.open.said(&name, &value);
        }
        self.change(|recording| recording.set_attribute(name, value));
    }

    fn set_status(&mut self, status: Status) {
        if let (Some(foreign), Status::Error { .. }) = (&self.foreign, &status) {
            foreign.open.said("otel.status_code", &FieldValue::Text("error".to_owned()));
        }
        self.change(|recording| recording.set_status(self::status(status)));
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        let name = new_name.into();
        self.change(|recording| recording.set_name(name));
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        let attributes = attributes.into_iter().map(attribute).collect();
        self.change(|recording| recording.add_link(&span_context, attributes));
    }

    fn end_with_timestamp(&mut self, timestamp: SystemTime) {
        self.end_at(timestamp);
    }
}

fn attribute(attribute: KeyValue) -> (Text, FieldValue) {
    let value = match attribute.value {
        Value::Bool(value) => FieldValue::Bool(value),
        Value::I64(value) => FieldValue::I64(value),
        Value::F64(value) => FieldValue::F64(value),
        Value::Array(Array::String(values)) => texts(values, String::from),
        Value::Array(Array::Bool(values)) => texts(values, |value| value.to_string()),
        Value::Array(Array::I64(values)) => texts(values, |value| value.to_string()),
        Value::Array(Array::F64(values)) => texts(values, |value| value.to_string()),
        other => FieldValue::Text(other.as_str().into_owned()),
    };
    (String::from(attribute.key).into(), value)
}

/// A list stays one, whatever is in it: as text, for a value has no other lists.
fn texts<T>(values: Vec<T>, text: impl FnMut(T) -> String) -> FieldValue {
    FieldValue::Texts(values.into_iter().map(text).collect())
}

/// The same the other way.
pub(super) fn key_values(fields: Vec<(&'static str, FieldValue)>) -> Vec<KeyValue> {
    let value = |value| match value {
        FieldValue::Bool(value) => Value::Bool(value),
        FieldValue::I64(value) => Value::I64(value),
        FieldValue::F64(value) => Value::F64(value),
        FieldValue::U64(value) => i64::try_from(value).map_or_else(|_| value.to_string().into(), Value::I64),
        FieldValue::Texts(values) => {
            Value::Array(Array::String(values.into_iter().map(opentelemetry::StringValue::from).collect()))
        }
        other => other.to_string().into(),
    };
    fields.into_iter().map(|(name, field)| KeyValue::new(name, value(field))).collect()
}

fn status(status: Status) -> SpanStatus {
    match status {
        Status::Unset => SpanStatus::Unset,
        Status::Ok => SpanStatus::Ok,
        Status::Error { description } => SpanStatus::Error(description.into_owned()),
    }
}

fn kind(kind: &opentelemetry::trace::SpanKind) -> SpanKind {
    match kind {
        opentelemetry::trace::SpanKind::Client => SpanKind::Client,
        opentelemetry::trace::SpanKind::Server => SpanKind::Server,
        opentelemetry::trace::SpanKind::Producer => SpanKind::Producer,
        opentelemetry::trace::SpanKind::Consumer => SpanKind::Consumer,
        opentelemetry::trace::SpanKind::Internal => SpanKind::Internal,
    }
}

/// Makes spans for who asks OpenTelemetry for them; while no traces are made, ones that record
/// nothing.
#[derive(Clone, Debug)]
struct Provider;

#[derive(Clone, Debug)]
struct ScopedTracer {
    scope: Text,
}

impl TracerProvider for Provider {
    type Tracer = ScopedTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> ScopedTracer {
        if scope.name() == PROBE {
            IS_OURS.set(true);
        }
        ScopedTracer { scope: scope.name().to_owned().into() }
    }
}

impl Tracer for ScopedTracer {
    type Span = ActiveSpan;

    fn build_with_context(&self, builder: SpanBuilder, around: &Context) -> ActiveSpan {
        let nothing = |context| ActiveSpan { context, recorder: None, is_theirs: true, foreign: None };
        let engine = engine::current();
        let Some(engine) = engine.as_ref().filter(|_| !around.is_telemetry_suppressed()) else {
            if engine.is_none() {
                engine::missed();
            }
            return nothing(around.span().span_context().clone());
        };
        let begun = engine.begin(around).or_else(|| {
            // Nobody will know of it, but that it has a name of its own, by which those inside find it.
            foreign::is_adopting().then(|| Begun::unsampled(around.span().span_context()))
        });
        let Some(Begun { context, place }) = begun else {
            return nothing(around.span().span_context().clone());
        };
        let foreign = foreign::is_adopting().then(|| {
            let said = builder.attributes.iter().flatten().cloned().map(attribute);
            let said = said.filter_map(|(name, value)| Fields::of(&name, &value));
            let open = nested::Open::theirs(context.span_id(), around, said);
            Theirs { open, start: builder.start_time.unwrap_or_else(SystemTime::now) }
        });
        if !context.is_sampled() && place.is_none() {
            return ActiveSpan { context, recorder: None, is_theirs: true, foreign };
        }
        if let Some(place) = &place {
            // Whoever makes it current may leave out what else stands in the context.
            place.be_found();
        }
        let parent = around.span();
        let recording =
            Recording::new(engine, &context, parent.span_context(), place, builder.name, self.scope.clone());
        let Some(mut recording) = recording else { return nothing(context) };
        if let Some(start) = builder.start_time {
            recording.set_start(start);
        }
        recording.set_kind(builder.span_kind.as_ref().map(kind));
        for given in builder.attributes.into_iter().flatten() {
            let (name, value) = attribute(given);
            recording.set_attribute(name, value);
        }
        if let Some(from) = engine::restarted(around) {
            recording.add_link(from, Vec::new());
        }
        for link in builder.links.into_iter().flatten() {
            recording.add_link(&link.span_context, link.attributes.into_iter().map(attribute).collect());
        }
        for event in builder.events.into_iter().flatten() {
            let attributes = event.attributes.into_iter().map(attribute).collect();
            recording.add_event(SpanEvent::new(event.name, event.timestamp, attributes));
        }
        ActiveSpan { context, recorder: Some(Recorder::new(recording)), is_theirs: true, foreign }
    }
}

/// Makes no traces of what this thread does, until it is dropped: what sends them is not to
/// make more.
pub(crate) fn quiet() -> ContextGuard {
    Context::enter_telemetry_suppressed_scope()
}

/// The name of the scope by which our own provider is told from others.
const PROBE: &str = "arc-obs probe";

thread_local! {
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// Makes the spans of `opentelemetry::global` part of our traces, unless the program has a
/// provider of its own there. It stays, and records nothing when no traces are made.
pub(super) fn provide() {
    if is_nobody_there() {
        global::set_tracer_provider(Provider);
    }
}

/// Asks without a span being made of it: where telemetry is suppressed, OpenTelemetry's SDK
/// makes one that is not valid, and who does nothing at all hands the one around it back.
fn is_nobody_there() -> bool {
    IS_OURS.set(false);
    let tracer = global::tracer(PROBE);
    if IS_OURS.replace(false) {
        return false;
    }
    let around = SpanContext::new(TraceId::from(1), SpanId::from(1), TraceFlags::default(), true, TraceState::NONE);
    let context = Context::new().with_remote_span_context(around.clone()).with_telemetry_suppressed();
    tracer.start_with_context(PROBE, &context).span_context() == &around
}
