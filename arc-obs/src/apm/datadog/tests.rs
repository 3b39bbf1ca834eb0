use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use super::encode::payloads;
use super::mapping::{Mapped, times};
use super::*;
use crate::export::{FieldValue, SpanId, SpanKind, SpanStatus, TraceId};

fn span(trace: u128, id: u64) -> Span {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    Span {
        trace_id: TraceId::from_bytes(trace.to_be_bytes()).unwrap(),
        span_id: SpanId::from_bytes(id.to_be_bytes()).unwrap(),
        parent_span_id: None,
        parent_is_remote: false,
        trace_flags: 1,
        trace_state: String::new(),
        name: "plan".into(),
        kind: SpanKind::Internal,
        start,
        end: start + Duration::from_millis(5),
        attributes: Vec::new(),
        dropped_attributes: 0,
        events: Vec::new(),
        dropped_events: 0,
        links: Vec::new(),
        dropped_links: 0,
        status: SpanStatus::Unset,
        scope: "shop".into(),
    }
}

fn with(kind: SpanKind, attributes: &[(&'static str, &str)]) -> Span {
    let attributes = attributes.iter().map(|(key, value)| (Cow::Borrowed(*key), FieldValue::Text((*value).to_owned())));
    Span { kind, attributes: attributes.collect(), ..span(1, 1) }
}

#[test]
fn a_span_has_the_operation_resource_and_type_that_the_agent_would_give_it() {
    use SpanKind::{Client, Consumer, Internal, Server};
    for (kind, attributes, expected) in [
        (Internal, &[][..], ("internal", "plan", "custom")),
        (Consumer, &[], ("consumer", "plan", "custom")),
        (Server, &[], ("server.request", "plan", "web")),
        (Client, &[], ("client.request", "plan", "http")),
        (Client, &[("gen_ai.operation.name", "chat")], ("gen_ai.chat", "plan", "custom")),
        (Internal, &[("gen_ai.operation.name", "")], ("internal", "plan", "custom")),
        (Client, &[("http.request.method", "GET")], ("http.client.request", "plan", "http")),
        (
            Server,
            &[("http.request.method", "GET"), ("http.route", "/ask/{id}")],
            ("http.server.request", "GET /ask/{id}", "web"),
        ),
        (Server, &[("http.request.method", "_OTHER"), ("http.route", "/")], ("http.server.request", "HTTP /", "web")),
        (Client, &[("db.system.name", "PostgreSQL")], ("postgresql.query", "plan", "db")),
        (Server, &[("rpc.system", "grpc")], ("grpc.server.request", "plan", "web")),
        // Nobody's attribute changes what a span is.
        (Internal, &[("operation.name", "x"), ("span.type", "y")], ("internal", "plan", "custom")),
    ] {
        let (span, resource) = (with(kind, attributes), Resource::default());
        let mapped = Mapped::new(&span, &resource);
        assert_eq!((mapped.name.as_ref(), mapped.resource.as_ref(), mapped.kind), expected, "{attributes:?}");
    }
}

#[test]
fn numbers_that_a_double_cannot_hold_are_texts() {
    let mut span = span(1, 1);
    span.attributes = vec![
        ("small".into(), FieldValue::I64(-7)),
        ("large".into(), FieldValue::U64(u64::MAX)),
        ("none".into(), FieldValue::F64(f64::NAN)),
        ("yes".into(), FieldValue::Bool(true)),
        ("http.response.status_code".into(), FieldValue::I64(503)),
        ("_sampling_priority_v1".into(), FieldValue::I64(-1)),
        ("_dd.top_level".into(), FieldValue::I64(0)),
    ];
    let resource = Resource::default();
    let mapped = Mapped::new(&span, &resource);
    let metric = |name: &str| mapped.metrics.iter().find(|(key, _)| key == name).map(|(_, value)| *value);
    let tag = |name: &str| mapped.meta.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref());
    assert_eq!((metric("small"), metric("large"), metric("none")), (Some(-7.0), None, None));
    assert_eq!((tag("large"), tag("none"), tag("yes")), (Some("18446744073709551615"), Some("NaN"), Some("true")));
    assert_eq!((tag("http.status_code"), metric("http.status_code")), (Some("503"), None));
    assert_eq!((metric("_sampling_priority_v1"), metric("_dd.top_level")), (Some(1.0), Some(1.0)));
}

#[test]
fn an_error_says_what_its_exception_or_its_status_says() {
    let mut span = span(1, 1);
    span.status = SpanStatus::Error("no answer".to_owned());
    let resource = Resource::default();
    let message = |span: &Span| {
        let mapped = Mapped::new(span, &resource);
        assert!(mapped.is_error());
        mapped.meta.iter().find(|(key, _)| key == "error.message").map(|(_, value)| value.to_string())
    };
    assert_eq!(message(&span).as_deref(), Some("no answer"));
    let said = vec![("exception.message".into(), FieldValue::Text("no route".to_owned()))];
    span.events = vec![crate::export::SpanEvent::new("exception".into(), span.start, said)];
    assert_eq!(message(&span).as_deref(), Some("no route"));
    span.attributes = vec![("error.message".into(), FieldValue::Text("unplugged".to_owned()))];
    assert_eq!(message(&span).as_deref(), Some("unplugged"));
}

#[test]
fn a_clock_that_was_set_back_makes_no_negative_duration() {
    let mut span = span(1, 1);
    span.end = span.start - Duration::from_secs(60);
    assert_eq!(times(&span), (1_700_000_000_000_000_000, 0));
    span.start = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
    assert_eq!(times(&span).0, 0);
}

#[test]
fn a_batch_is_split_where_it_gets_too_large_and_nothing_is_lost() {
    let batch: Vec<_> = (1..=300).map(|id| span(u128::from(id % 7) + 1, id)).collect();
    let resource = Resource::default();
    let whole = payloads(&batch, &resource, encode::LARGEST);
    assert_eq!((whole.payloads.len(), whole.payloads[0].traces, whole.payloads[0].spans), (1, 7, 300));
    for largest in [600, 1_000, 5_000, 50_000] {
        let split = payloads(&batch, &resource, largest);
        assert_eq!(split.too_large, 0);
        assert!(split.payloads.len() > 1, "{largest}");
        assert!(split.payloads.iter().all(|payload| payload.body.len() <= largest && payload.spans > 0), "{largest}");
        assert_eq!(split.payloads.iter().map(|payload| payload.spans).sum::<usize>(), 300);
    }

    let mut large = span(9, 9);
    large.attributes.push(("text".into(), FieldValue::Text("x".repeat(2_000))));
    let split = payloads(&[span(1, 1), large, span(1, 2)], &resource, 1_000);
    assert_eq!((split.too_large, split.payloads.iter().map(|payload| payload.spans).sum::<usize>()), (1, 2));
    assert!(payloads(&[], &resource, 1_000).payloads.is_empty());
}

#[test]
fn only_what_may_go_better_is_tried_again() {
    for status in [408, 429, 500, 502, 503, 599] {
        assert!((RECEIVER.is_worth_another_try)(status), "{status}");
    }
    for status in [200, 202, 301, 400, 401, 403, 404, 413, 415] {
        assert!(!(RECEIVER.is_worth_another_try)(status), "{status}");
    }
}

#[test]
fn an_address_that_is_none_is_told_without_being_shown() {
    let Err(why) = datadog().agent("s3cret").exporter(&Apm::default(), Time::plenty()) else { panic!("an exporter") };
    assert!(why.contains("`Datadog::agent`") && !why.contains("s3cret"), "{why}");
    assert!(datadog().agent("http://agent:8126").exporter(&Apm::default(), Time::plenty()).is_ok());
}

#[test]
fn datadog_is_told_what_its_own_variables_say_and_no_secret() {
    let text = |text: &str| Some(text.to_owned());
    let unified = Unified {
        service: text("shop"),
        environment: None,
        version: text("2"),
        tags: vec![("team".to_owned(), "search".to_owned()), ("api_key".to_owned(), "abcdef123456".to_owned())],
    };
    let traces = Place::new(Url::parse(PRESET).unwrap());
    let exporter = Exporter { traces, unified, client: None, time: Time::plenty() };
    let mut resource = Resource::default();
    resource.set_service_name("elsewhere");
    resource.set_environment("staging");
    let process = exporter.process(&resource);
    let span = span(1, 1);
    let mapped = Mapped::new(&span, &process);
    let tag = |name: &str| mapped.meta.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_ref());
    assert_eq!(process.service_name(), "shop");
    assert_eq!((tag("env"), tag("version"), tag("team")), (Some("staging"), Some("2"), Some("search")));
    assert!(tag("api_key").is_some_and(|key| key.starts_with("[REDACTED")), "{:?}", tag("api_key"));
}
