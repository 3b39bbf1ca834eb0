//! What is recorded of a span until it ends, whoever made it: a function of ours, `tracing`,
//! or OpenTelemetry's API.

use std::fmt::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::SpanContext;
use tracing::field::{Field, Visit};

use super::ended::{Dropped, Ended, EndedSpan, Facts, Parent, Server, SpanEvent, SpanKind, SpanLink, SpanStatus, Text};
use super::engine::{self, Engine};
use super::tail::Place;
use crate::clock::Stamp;
use crate::operation::{BoundedText, Failure, FieldValue};
use crate::redact::edge;

/// How many bytes of a text are kept until its span leaves, where it is cut again: a program may
/// put a whole file into a field, and some thousand spans wait.
const MOST_ENTERED: usize = 1 << 20;

/// What is kept of a text until its span leaves.
fn entered(write: impl FnOnce(&mut BoundedText) -> fmt::Result) -> String {
    let mut text = BoundedText::new(MOST_ENTERED);
    // It refuses what does not fit; a `Debug` that fails by itself has said what it could.
    let _ = write(&mut text);
    text.finish(edge).0
}

/// The same of a text that is there already.
fn shorten(text: &mut String) {
    if text.len() > MOST_ENTERED {
        *text = entered(|kept| kept.write_str(text));
    }
}

fn shorten_name(name: &mut Text) {
    if let Text::Owned(name) = name {
        shorten(name);
    }
}

fn shorten_value(value: &mut FieldValue) {
    match value {
        FieldValue::Text(text) => shorten(text),
        FieldValue::Texts(texts) => {
            let mut left = MOST_ENTERED;
            texts.iter_mut().for_each(shorten);
            let over = texts.iter().position(|text| {
                let is_over = text.len() > left;
                left = left.saturating_sub(text.len());
                is_over
            });
            if let Some(over) = over {
                texts.truncate(over);
                texts.push("…".to_owned());
            }
        }
        _ => {}
    }
}

/// A span that is open, and recorded; empty when it has ended, which it does once.
#[derive(Debug)]
pub(super) struct Recorder(Mutex<Option<Recording>>);

impl Recorder {
    pub(super) fn new(recording: Recording) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Some(recording))))
    }

    /// Changes what is recorded, where it has not ended. Nothing of the user's runs in there:
    /// it could come back here.
    pub(super) fn change(&self, change: impl FnOnce(&mut Recording)) {
        if let Some(recording) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            change(recording);
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The span has ended, now or when it is said to have; a second time does nothing.
    pub(super) fn end(&self, at: Option<SystemTime>, facts: impl FnOnce(&mut Recording) -> Option<Box<Facts>>) {
        let recording = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut recording) = recording else { return };
        let facts = facts(&mut recording);
        let Recording { mut span, started, engine, place, .. } = recording;
        span.duration = match at {
            Some(at) => at.duration_since(span.start).unwrap_or_default(),
            None => Duration::from_nanos(started.elapsed_nanos()),
        };
        span.facts = facts;
        engine::ended(engine, span, place);
    }
}

#[derive(Debug)]
pub(super) struct Recording {
    /// As it will have ended.
    span: Ended,
    started: Stamp,
    /// The host that requests are made to; nothing of several.
    server: Option<Option<Server>>,
    /// How many tries have failed, also those whose events are too many.
    tries: u64,
    limits: engine::SpanLimits,
    /// What was told last of an error, with the name of its type: it is the one that the operation
    /// ended with, if that is of the same type.
    failure: Option<(&'static str, Failure)>,
    /// By which engine it is made: another one has no use for it.
    engine: u64,
    /// Where it waits until it is known whether its trace is kept.
    place: Option<Place>,
}

impl Recording {
    /// One that begins now; `None` if its names name nothing.
    pub(super) fn new(
        engine: &Engine,
        context: &SpanContext,
        around: &SpanContext,
        place: Option<Place>,
        mut name: Text,
        scope: Text,
    ) -> Option<Self> {
        let parent = engine::span_id(around.span_id()).filter(|_| around.is_valid());
        shorten_name(&mut name);
        let span = EndedSpan {
            trace_id: engine::trace_id(context.trace_id())?,
            span_id: engine::span_id(context.span_id())?,
            parent: parent.map(|span_id| Parent { span_id, is_remote: around.is_remote() }),
            trace_flags: context.trace_flags().to_u8(),
            trace_state: context.trace_state().header(),
            name,
            kind: None,
            start: SystemTime::now(),
            duration: Duration::ZERO,
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            status: SpanStatus::Unset,
            scope,
            dropped: Dropped::default(),
            facts: None,
        };
        Some(Self {
            span: Box::new(span),
            started: Stamp::now(),
            server: None,
            tries: 0,
            limits: engine.limits,
            failure: None,
            engine: engine.number(),
            place,
        })
    }

    pub(super) fn set_start(&mut self, start: SystemTime) {
        self.span.start = start;
    }

    pub(super) fn set_name(&mut self, mut name: Text) {
        shorten_name(&mut name);
        self.span.name = name;
    }

    pub(super) fn set_kind(&mut self, kind: Option<SpanKind>) {
        self.span.kind = kind;
    }

    /// Of what is said of it the better stays: that it went well, that it failed, nothing.
    pub(super) fn set_status(&mut self, mut status: SpanStatus) {
        if let SpanStatus::Error(message) = &mut status {
            shorten(message);
        }
        let rank = |status: &SpanStatus| match status {
            SpanStatus::Unset => 0,
            SpanStatus::Error(_) => 1,
            SpanStatus::Ok => 2,
        };
        if rank(&status) >= rank(&self.span.status) {
            self.span.status = status;
        }
    }

    /// There will be so many more attributes.
    pub(super) fn expect_attributes(&mut self, more: usize) {
        self.span.attributes.reserve_exact(more.min(self.limits.attributes));
    }

    pub(super) fn set_attribute(&mut self, mut name: Text, mut value: FieldValue) {
        shorten_name(&mut name);
        shorten_value(&mut value);
        if let Some((_, place)) = self.span.attributes.iter_mut().find(|(known, _)| *known == name) {
            *place = value;
        } else if self.span.attributes.len() < self.limits.attributes {
            self.span.attributes.push((name, value));
        } else {
            self.span.dropped.attributes += 1;
        }
    }

    pub(super) fn add_event(&mut self, mut event: SpanEvent) {
        if self.span.events.len() < self.limits.events {
            shorten_name(&mut event.name);
            for (name, value) in &mut event.attributes {
                shorten_name(name);
                shorten_value(value);
            }
            self.span.events.push(event);
        } else {
            self.span.dropped.events += 1;
        }
    }

    /// How many tries have failed, with this one.
    pub(super) fn count_try(&mut self) -> u64 {
        self.tries += 1;
        self.tries
    }

    pub(super) fn set_failure(&mut self, error_type: &'static str, failure: Failure) {
        self.failure = Some((error_type, failure));
    }

    /// A request is made to this host.
    #[cfg(feature = "reqwest")]
    pub(super) fn set_server(&mut self, server: Server) {
        match &mut self.server {
            known @ None => *known = Some(Some(server)),
            Some(known) if known.as_ref() != Some(&server) => *known = None,
            Some(_) => {}
        }
    }

    pub(super) fn take_server(&mut self) -> Option<Server> {
        self.server.take().flatten()
    }

    /// What was told of an error of this type.
    pub(super) fn take_failure(&mut self, error_type: Option<&'static str>) -> Option<Failure> {
        let told = self.failure.take();
        told.filter(|(name, _)| error_type == Some(*name)).map(|(_, failure)| failure)
    }

    pub(super) fn add_link(&mut self, other: &SpanContext, attributes: Vec<(Text, FieldValue)>) {
        let (Some(trace_id), Some(span_id)) = (engine::trace_id(other.trace_id()), engine::span_id(other.span_id()))
        else {
            return;
        };
        if self.span.links.len() < self.limits.links {
            self.span.links.push(SpanLink::new(trace_id, span_id, attributes));
        } else {
            self.span.dropped.links += 1;
        }
    }

    /// A field of a `tracing` span, as other bridges from there read it.
    pub(super) fn set_field(&mut self, name: &'static str, value: FieldValue) {
        match (name, value) {
            ("otel.name", FieldValue::Text(text)) => self.span.name = text.into(),
            ("otel.kind", FieldValue::Text(text)) => self.span.kind = kind(&text),
            ("otel.status_code", FieldValue::Text(code)) => {
                if code.eq_ignore_ascii_case("ok") {
                    self.span.status = SpanStatus::Ok;
                } else if code.eq_ignore_ascii_case("error") && !matches!(self.span.status, SpanStatus::Error(_)) {
                    self.span.status = SpanStatus::Error(String::new());
                }
            }
            ("otel.status_description" | "otel.status_message", FieldValue::Text(text)) => {
                self.span.status = SpanStatus::Error(text);
            }
            (name, value) => self.set_attribute(name.into(), value),
        }
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

/// Takes the values of fields, but for so many of the first that the span has.
///
/// A `Debug` of the user's runs meanwhile, and could come back here.
pub(super) struct Fields<F> {
    skip: usize,
    take: F,
}

impl<F: FnMut(&'static str, FieldValue)> Fields<F> {
    pub(super) const fn new(skip: usize, take: F) -> Self {
        Self { skip, take }
    }

    fn take(&mut self, field: &Field, value: impl FnOnce() -> FieldValue) {
        if field.index() >= self.skip {
            (self.take)(field.name(), value());
        }
    }
}

/// The fields of an event, or those that are recorded of a span.
pub(super) fn read(skip: usize, record: impl FnOnce(&mut dyn Visit)) -> Vec<(&'static str, FieldValue)> {
    let mut all = Vec::new();
    record(&mut Fields::new(skip, |name, value| all.push((name, value))));
    all
}

impl<F: FnMut(&'static str, FieldValue)> Visit for Fields<F> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.take(field, || FieldValue::F64(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.take(field, || FieldValue::I64(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.take(field, || FieldValue::U64(value));
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.take(field, || FieldValue::I128(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.take(field, || FieldValue::U128(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.take(field, || FieldValue::Bool(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, || FieldValue::Text(entered(|text| text.write_str(value))));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, || FieldValue::Text(entered(|text| write!(text, "{value:?}"))));
    }
}
