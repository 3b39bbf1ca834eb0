//! Spans in Sentry's words.

use std::collections::BTreeMap;

use sentry_types::protocol::v7::{self as sentry, Level, SpanStatus as Status, TraceContext, User, Value};

use crate::export::{FieldValue, Span, SpanKind, SpanStatus};
use crate::operation::Status as Ended;
use crate::semconv;

/// Who sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) release: Option<String>,
    pub(super) environment: Option<String>,
    pub(super) service: String,
}

pub(super) fn text<'a>(span: &'a Span, name: &str) -> Option<&'a str> {
    span.attribute(name).and_then(FieldValue::as_str).filter(|text| !text.is_empty())
}

/// How an operation of ours ended; of other spans nothing.
pub(super) fn ended_as(span: &Span) -> Option<&str> {
    text(span, semconv::STATUS)
}

/// Whether something went wrong; a future that was dropped is nobody's fault.
pub(super) fn is_failure(span: &Span) -> bool {
    matches!(span.status, SpanStatus::Error(_)) && ended_as(span) != Some(Ended::Cancelled.as_str())
}

/// Whether its parent is elsewhere, or nowhere.
pub(super) fn is_local_root(span: &Span) -> bool {
    span.parent_span_id.is_none() || span.parent_is_remote
}

/// Sentry's name for what a span does; by that of GenAI it finds agents, models and tools.
fn operation(span: &Span) -> String {
    let side = match span.kind {
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "queue.publish",
        SpanKind::Consumer => "queue.process",
        SpanKind::Internal => "function",
    };
    if let Some(operation) = text(span, semconv::OPERATION_NAME) {
        format!("gen_ai.{operation}")
    } else if text(span, semconv::HTTP_METHOD).is_some() && ["server", "client"].contains(&side) {
        format!("http.{side}")
    } else if text(span, "db.system.name").or_else(|| text(span, "db.system")).is_some() {
        "db".to_owned()
    } else {
        side.to_owned()
    }
}

fn status(span: &Span) -> Status {
    match (&span.status, ended_as(span)) {
        (SpanStatus::Unset | SpanStatus::Ok, _) => Status::Ok,
        (_, Some("cancelled")) => Status::Cancelled,
        (_, Some("timeout")) => Status::DeadlineExceeded,
        _ => Status::InternalError,
    }
}

fn data(span: &Span) -> BTreeMap<String, Value> {
    span.attributes.iter().map(|(key, value)| (key.to_string(), json(value))).collect()
}

pub(super) fn json(value: &FieldValue) -> Value {
    match *value {
        FieldValue::Bool(value) => value.into(),
        FieldValue::I64(value) => value.into(),
        FieldValue::U64(value) => value.into(),
        FieldValue::F64(value) if value.is_finite() => value.into(),
        FieldValue::Texts(ref values) => values.as_slice().into(),
        _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned).into(),
    }
}

pub(super) fn trace_context(span: &Span) -> TraceContext {
    TraceContext {
        span_id: span.span_id.to_bytes().into(),
        trace_id: span.trace_id.to_bytes().into(),
        parent_span_id: span.parent_span_id.map(|parent| parent.to_bytes().into()),
        op: Some(operation(span)),
        status: Some(status(span)),
        data: data(span),
        ..TraceContext::default()
    }
}

pub(super) fn child(span: &Span) -> sentry::Span {
    sentry::Span {
        span_id: span.span_id.to_bytes().into(),
        trace_id: span.trace_id.to_bytes().into(),
        parent_span_id: span.parent_span_id.map(|parent| parent.to_bytes().into()),
        same_process_as_parent: Some(!span.parent_is_remote),
        op: Some(operation(span)),
        description: Some(span.name.to_string()),
        timestamp: Some(span.end.max(span.start)),
        start_timestamp: span.start,
        status: Some(status(span)),
        data: data(span),
        ..sentry::Span::default()
    }
}

pub(super) fn user(span: &Span) -> Option<User> {
    let id = text(span, "user.id").or_else(|| text(span, "enduser.id"))?;
    Some(User { id: Some(id.to_owned()), ..User::default() })
}

/// The level of an event of `tracing`'s; `None` for one that is below INFO.
pub(super) fn level(said: Option<&str>) -> Option<Level> {
    match said {
        Some("ERROR") => Some(Level::Error),
        Some("WARN") => Some(Level::Warning),
        Some("DEBUG" | "TRACE") => None,
        _ => Some(Level::Info),
    }
}

/// Who sends, as of every event and transaction.
pub(super) fn sdk() -> sentry::ClientSdkInfo {
    let (name, version) = ("sentry.rust.arc-obs".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    sentry::ClientSdkInfo { name, version, integrations: Vec::new(), packages: Vec::new() }
}

/// What a search finds an event or transaction by.
pub(super) fn tags(span: &Span, origin: &Origin) -> BTreeMap<String, String> {
    let names = [semconv::AGENT_NAME, semconv::MODEL, semconv::TOOL, semconv::STATUS, semconv::ERROR_TYPE];
    let known = names.into_iter().filter_map(|name| Some((name.to_owned(), text(span, name)?.to_owned())));
    known.chain([("service".to_owned(), origin.service.clone())]).collect()
}
