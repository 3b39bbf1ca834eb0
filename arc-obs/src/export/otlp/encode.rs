//! Our spans in the messages of OTLP.

use std::borrow::Cow;
use std::time::SystemTime;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource as ResourceMessage;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link, SpanKind as KindMessage};
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span as SpanMessage, Status as StatusMessage};

use crate::export::{FieldValue, Span, SpanKind, SpanStatus};
use crate::settings::Resource;

/// What the specification wants each resource to say of who observes it.
const SDK: [(&str, &str); 3] = [
    ("telemetry.sdk.language", "rust"),
    ("telemetry.sdk.name", "arc-obs"),
    ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
];

/// Bits of `flags` above those of W3C: it is known whether the parent is remote, and it is.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// All spans of a batch, those of one maker together.
pub(super) fn request(spans: &[Span], resource: &Resource) -> ExportTraceServiceRequest {
    let mut scopes: Vec<(&str, Vec<SpanMessage>)> = Vec::new();
    for span in spans {
        let message = message(span);
        match scopes.iter_mut().find(|(scope, _)| *scope == span.scope) {
            Some((_, messages)) => messages.push(message),
            None => scopes.push((&span.scope, vec![message])),
        }
    }
    let scope_spans = scopes.into_iter().map(|(name, spans)| ScopeSpans {
        scope: Some(InstrumentationScope { name: name.to_owned(), ..Default::default() }),
        spans,
        schema_url: String::new(),
    });
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(self::resource(resource)),
            scope_spans: scope_spans.collect(),
            schema_url: String::new(),
        }],
    }
}

/// Who we are.
pub(crate) fn resource(resource: &Resource) -> ResourceMessage {
    let said = resource.attributes().filter(|(key, _)| SDK.iter().all(|(sdk, _)| sdk != key));
    let attributes = said.chain(SDK).map(|(key, value)| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(Value::StringValue(value.to_owned())) }),
        ..Default::default()
    });
    ResourceMessage { attributes: attributes.collect(), ..Default::default() }
}

fn message(span: &Span) -> SpanMessage {
    let remote = if span.parent_is_remote { IS_REMOTE } else { 0 };
    SpanMessage {
        trace_id: span.trace_id.to_bytes().to_vec(),
        span_id: span.span_id.to_bytes().to_vec(),
        trace_state: span.trace_state.clone(),
        parent_span_id: span.parent_span_id.map(|id| id.to_bytes().to_vec()).unwrap_or_default(),
        flags: u32::from(span.trace_flags) | HAS_IS_REMOTE | remote,
        name: span.name.clone().into_owned(),
        kind: kind(span.kind).into(),
        start_time_unix_nano: nanoseconds(span.start),
        end_time_unix_nano: nanoseconds(span.end),
        attributes: attributes(&span.attributes),
        dropped_attributes_count: span.dropped_attributes,
        events: span.events.iter().map(event).collect(),
        dropped_events_count: span.dropped_events,
        links: span.links.iter().map(link).collect(),
        dropped_links_count: span.dropped_links,
        status: status(&span.status),
    }
}

fn event(event: &crate::export::SpanEvent) -> Event {
    Event {
        time_unix_nano: nanoseconds(event.time),
        name: event.name.clone().into_owned(),
        attributes: attributes(&event.attributes),
        dropped_attributes_count: event.dropped_attributes,
    }
}

fn link(link: &crate::export::SpanLink) -> Link {
    Link {
        trace_id: link.trace_id.to_bytes().to_vec(),
        span_id: link.span_id.to_bytes().to_vec(),
        attributes: attributes(&link.attributes),
        dropped_attributes_count: link.dropped_attributes,
        ..Default::default()
    }
}

fn kind(kind: SpanKind) -> KindMessage {
    match kind {
        SpanKind::Internal => KindMessage::Internal,
        SpanKind::Server => KindMessage::Server,
        SpanKind::Client => KindMessage::Client,
        SpanKind::Producer => KindMessage::Producer,
        SpanKind::Consumer => KindMessage::Consumer,
    }
}

fn status(status: &SpanStatus) -> Option<StatusMessage> {
    match status {
        SpanStatus::Unset => None,
        SpanStatus::Ok => Some(StatusMessage { message: String::new(), code: StatusCode::Ok.into() }),
        SpanStatus::Error(said) => Some(StatusMessage { message: said.clone(), code: StatusCode::Error.into() }),
    }
}

fn attributes(attributes: &[(Cow<'static, str>, FieldValue)]) -> Vec<KeyValue> {
    let attributes = attributes.iter().map(|(key, value)| KeyValue {
        key: key.clone().into_owned(),
        value: Some(AnyValue { value: Some(self::value(value)) }),
        ..Default::default()
    });
    attributes.collect()
}

/// A number that the message has no room for is a text, rather than another number.
fn value(value: &FieldValue) -> Value {
    match value {
        FieldValue::Bool(value) => Value::BoolValue(*value),
        FieldValue::I64(number) => Value::IntValue(*number),
        FieldValue::F64(number) => Value::DoubleValue(*number),
        FieldValue::Text(text) => Value::StringValue(text.clone()),
        FieldValue::Texts(texts) => {
            let values = texts.iter().map(|text| AnyValue { value: Some(Value::StringValue(text.clone())) });
            Value::ArrayValue(ArrayValue { values: values.collect() })
        }
        FieldValue::U64(number) => whole(*number),
        FieldValue::I128(number) => whole(*number),
        FieldValue::U128(number) => whole(*number),
    }
}

fn whole(number: impl TryInto<i64> + ToString + Copy) -> Value {
    number.try_into().map_or_else(|_| Value::StringValue(number.to_string()), Value::IntValue)
}

/// Since 1970; a clock before that, or after 2554, is at that end.
fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    since.as_nanos().try_into().unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn numbers_are_never_another_number() {
        let text = |text: &str| Value::StringValue(text.to_owned());
        for (given, expected) in [
            (FieldValue::I64(-1), Value::IntValue(-1)),
            (FieldValue::U64(7), Value::IntValue(7)),
            (FieldValue::U64(u64::MAX), text("18446744073709551615")),
            (FieldValue::I128(i128::MIN), text("-170141183460469231731687303715884105728")),
            (FieldValue::I128(-5), Value::IntValue(-5)),
            (FieldValue::U128(1 << 63), text("9223372036854775808")),
            (FieldValue::F64(0.5), Value::DoubleValue(0.5)),
            (FieldValue::Bool(true), Value::BoolValue(true)),
            (FieldValue::Text("ä".into()), text("ä")),
        ] {
            assert_eq!(value(&given), expected);
        }
    }

    #[test]
    fn a_clock_that_is_wrong_is_at_its_end() {
        let second = Duration::from_secs(1);
        assert_eq!(nanoseconds(SystemTime::UNIX_EPOCH - second), 0);
        assert_eq!(nanoseconds(SystemTime::UNIX_EPOCH + second), 1_000_000_000);
        assert_eq!(nanoseconds(SystemTime::UNIX_EPOCH + second * u32::MAX * 5), u64::MAX);
    }
}
