//! What a span is in Datadog's words. The rules are those by which Datadog's agent reads OTLP
//! (`GetOTelOperationNameV2` and its neighbours, agent 7.71), and by which its own `dd-trace-rs`
//! does; but for GenAI, of which they know nothing: the operation is `gen_ai.chat` there, and not
//! `client.request`.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::export::{FieldValue, Span, SpanKind, SpanStatus};
use crate::semconv;
use crate::settings::Resource;

/// Integers beyond these are not kept by a double.
const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;

/// A span, ready to be written.
pub(super) struct Mapped<'a> {
    pub(super) span: &'a Span,
    /// The operation: of these there are few.
    pub(super) name: Cow<'a, str>,
    pub(super) resource: Cow<'a, str>,
    pub(super) kind: &'static str,
    pub(super) meta: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    pub(super) metrics: Vec<(Cow<'a, str>, f64)>,
}

impl<'a> Mapped<'a> {
    pub(super) fn new(span: &'a Span, resource: &'a Resource) -> Self {
        let mut mapped = Self {
            span,
            name: operation(span),
            resource: resource_name(span),
            kind: span_type(span),
            meta: Vec::with_capacity(span.attributes.len() + 12),
            metrics: Vec::with_capacity(8),
        };
        for (key, value) in resource.attributes() {
            mapped.tag(renamed(key), value.into());
        }
        for (key, value) in &span.attributes {
            mapped.attribute(key, value);
        }
        if let Some(environment) = resource.environment() {
            mapped.tag("env", environment.into());
        }
        if let Some(version) = resource.service_version() {
            mapped.tag("version", version.into());
        }
        mapped.tag("span.kind", span_kind(span.kind).into());
        mapped.tag("otel.trace_id", span.trace_id.to_string().into());
        mapped.tag("otel.scope.name", span.scope.as_ref().into());
        if !span.trace_state.is_empty() {
            mapped.tag("w3c.tracestate", span.trace_state.as_str().into());
        }
        mapped.status();
        if !span.events.is_empty() {
            mapped.tag("events", events(span).into());
        }
        if !span.links.is_empty() {
            mapped.tag("_dd.span_links", links(span).into());
        }
        mapped.numbers();
        mapped
    }

    /// Whether it failed.
    pub(super) fn is_error(&self) -> bool {
        matches!(self.span.status, SpanStatus::Error(_))
    }

    fn tag(&mut self, key: impl Into<Cow<'a, str>>, value: Cow<'a, str>) {
        let key = key.into();
        if key.is_empty() {
            return;
        }
        match self.meta.iter_mut().find(|(known, _)| *known == key) {
            Some((_, place)) => *place = value,
            None => self.meta.push((key, value)),
        }
    }

    fn has(&self, tag: &str) -> bool {
        self.meta.iter().any(|(key, _)| key == tag)
    }

    fn attribute(&mut self, key: &'a str, value: &'a FieldValue) {
        let renamed = renamed(key);
        // The agent's own rules read it as a text.
        let is_text = renamed == "http.status_code";
        match number(value).filter(|_| !is_text) {
            Some(number) => match self.metrics.iter_mut().find(|(known, _)| *known == renamed) {
                Some((_, place)) => *place = number,
                None => self.metrics.push((renamed.into(), number)),
            },
            None => self.tag(renamed, text(value)),
        }
    }

    fn status(&mut self) {
        let SpanStatus::Error(description) = &self.span.status else { return };
        let exception = self.span.events.iter().find(|event| event.name.eq_ignore_ascii_case("exception"));
        let of_exception = |name: &str| {
            let attributes = exception.map_or(&[][..], |event| &event.attributes);
            attributes.iter().find(|(key, _)| key == name).map(|(_, value)| text(value))
        };
        for (tag, attribute) in [
            (semconv::ERROR_TYPE, "exception.type"),
            ("error.message", "exception.message"),
            ("error.stack", "exception.stacktrace"),
        ] {
            let said = of_exception(attribute).filter(|_| !self.has(tag));
            if let Some(said) = said {
                self.tag(tag, said);
            }
        }
        if !description.is_empty() && !self.has("error.message") {
            self.tag("error.message", description.as_str().into());
        }
    }

    /// What the agent keeps, and counts, by.
    fn numbers(&mut self) {
        // Kept: it was sampled by us, and what is not does not come here.
        self.metrics.push(("_sampling_priority_v1".into(), 1.0));
        if is_local_root(self.span) {
            self.metrics.push(("_dd.top_level".into(), 1.0));
            self.tag("language", "rust".into());
        }
        let is_gen_ai = self.span.attribute(semconv::OPERATION_NAME).is_some();
        if is_gen_ai || matches!(self.span.kind, SpanKind::Client | SpanKind::Producer) {
            self.metrics.push(("_dd.measured".into(), 1.0));
        }
    }
}

/// Whether its parent is elsewhere, or nowhere.
fn is_local_root(span: &Span) -> bool {
    span.parent_span_id.is_none() || span.parent_is_remote
}

fn attribute<'a>(span: &'a Span, name: &str) -> Option<&'a str> {
    span.attribute(name).and_then(FieldValue::as_str).filter(|text| !text.is_empty())
}

fn operation(span: &Span) -> Cow<'_, str> {
    let (is_client, is_server) = (span.kind == SpanKind::Client, span.kind == SpanKind::Server);
    if let Some(operation) = attribute(span, semconv::OPERATION_NAME) {
        return format!("gen_ai.{}", operation.to_lowercase()).into();
    }
    if attribute(span, semconv::HTTP_METHOD).is_some() && (is_client || is_server) {
        return if is_client { "http.client.request" } else { "http.server.request" }.into();
    }
    if let Some(system) =
        attribute(span, "db.system.name").or_else(|| attribute(span, "db.system")).filter(|_| is_client)
    {
        return format!("{}.query", system.to_lowercase()).into();
    }
    if let Some(system) = attribute(span, "rpc.system").filter(|_| is_client || is_server) {
        let side = if is_client { "client" } else { "server" };
        return format!("{}.{side}.request", system.to_lowercase()).into();
    }
    match span.kind {
        SpanKind::Client => "client.request",
        SpanKind::Server => "server.request",
        other => span_kind(other),
    }
    .into()
}

fn resource_name(span: &Span) -> Cow<'_, str> {
    match (span.kind, attribute(span, semconv::HTTP_METHOD), attribute(span, semconv::HTTP_ROUTE)) {
        (SpanKind::Server, Some(method), Some(route)) => {
            let method = if method == "_OTHER" { "HTTP" } else { method };
            format!("{method} {route}").into()
        }
        _ => span.name.as_ref().into(),
    }
}

fn span_type(span: &Span) -> &'static str {
    match span.kind {
        _ if attribute(span, semconv::OPERATION_NAME).is_some() => "custom",
        SpanKind::Server => "web",
        SpanKind::Client if attribute(span, "db.system.name").or_else(|| attribute(span, "db.system")).is_some() => {
            "db"
        }
        SpanKind::Client => "http",
        _ => "custom",
    }
}

fn span_kind(kind: SpanKind) -> &'static str {
    match kind {
        SpanKind::Internal => "internal",
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    }
}

/// Datadog's name of an attribute; none of those that mean something to Datadog alone, so that
/// nobody's attribute changes what a span is.
fn renamed(key: &str) -> &str {
    match key {
        "client.address" => "http.client_ip",
        "http.response.status_code" => "http.status_code",
        "http.request.method" => "http.method",
        "network.protocol.version" => "http.version",
        "server.address" => "http.server_name",
        "url.full" => "http.url",
        "user_agent.original" => "http.useragent",
        "service.name" | "operation.name" | "resource.name" | "span.type" | "sampling.priority" => "",
        _ if key.starts_with("datadog.") || key.starts_with("_dd.") || key.starts_with("_sampling") => "",
        _ => key,
    }
}

/// What a double holds without loss.
fn number(value: &FieldValue) -> Option<f64> {
    let exact = |magnitude: u128, value: f64| (magnitude <= EXACT).then_some(value);
    match *value {
        FieldValue::I64(number) => exact(number.unsigned_abs().into(), number as f64),
        FieldValue::U64(number) => exact(number.into(), number as f64),
        FieldValue::I128(number) => exact(number.unsigned_abs(), number as f64),
        FieldValue::U128(number) => exact(number, number as f64),
        FieldValue::F64(number) => number.is_finite().then_some(number),
        _ => None,
    }
}

fn text(value: &FieldValue) -> Cow<'_, str> {
    value.as_str().map_or_else(|| value.to_string().into(), Cow::Borrowed)
}

fn nanos(time: std::time::SystemTime) -> u64 {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

/// When a span began and how long it took, in nanoseconds.
pub(super) fn times(span: &Span) -> (i64, i64) {
    let start = nanos(span.start);
    let took = nanos(span.end).saturating_sub(start);
    (i64::try_from(start).unwrap_or(i64::MAX), i64::try_from(took).unwrap_or(i64::MAX))
}

/// As every agent understands them; those that take events by themselves are newer.
fn events(span: &Span) -> String {
    let events = span.events.iter().map(|event| {
        let attributes: Map<_, _> =
            event.attributes.iter().map(|(key, value)| (key.to_string(), json(value))).collect();
        json!({ "time_unix_nano": nanos(event.time), "name": event.name, "attributes": attributes })
    });
    Value::Array(events.collect()).to_string()
}

fn links(span: &Span) -> String {
    let links = span.links.iter().map(|link| {
        let attributes: Map<_, _> = link.attributes.iter().map(|(key, value)| (key.to_string(), json(value))).collect();
        json!({ "trace_id": link.trace_id.to_string(), "span_id": link.span_id.to_string(), "attributes": attributes })
    });
    Value::Array(links.collect()).to_string()
}

fn json(value: &FieldValue) -> Value {
    match *value {
        FieldValue::Bool(value) => value.into(),
        FieldValue::I64(value) => value.into(),
        FieldValue::U64(value) => value.into(),
        FieldValue::F64(value) if value.is_finite() => value.into(),
        FieldValue::Texts(ref values) => values.as_slice().into(),
        _ => text(value).into(),
    }
}
