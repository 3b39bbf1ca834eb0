//! Spans of OpenTelemetry's own API among ours, and ours among them.
#![allow(missing_docs)]

use std::time::{Duration, SystemTime};

use arc_obs::export::{FieldValue, SpanKind, SpanStatus};
use arc_obs::{Sampling, track_agent, track_tool};
use arc_obs_trace_tests::{one, tracing, tracing_with};
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind as OtelKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Array, Context, KeyValue, Value, global};

#[track_tool("search")]
fn search() {
    Context::map_current(|context| {
        let span = context.span();
        assert!(span.is_recording());
        span.set_attribute(KeyValue::new("found", 3));
        span.add_event("searched", vec![KeyValue::new("in", "tea")]);
    });
}

#[track_agent("researcher")]
fn research() {
    global::tracer("shop").in_span("look", |_| search());
}

#[test]
fn are_one_tree() {
    let tracing = tracing();
    let library = global::tracer("http");
    library.in_span("request", |_| tracing::info_span!("handle").in_scope(research));
    let spans = tracing.end();

    let names = ["request", "handle", "invoke_agent researcher", "look", "execute_tool search"];
    let path = names.map(|name| one(&spans, name));
    for (outer, inner) in path.iter().zip(&path[1..]) {
        assert_eq!(inner.parent_span_id, Some(outer.span_id), "{} in {}", inner.name, outer.name);
        assert_eq!(inner.trace_id, outer.trace_id);
    }
    assert_eq!(path[0].parent_span_id, None);
    assert_eq!((&*path[0].scope, &*path[3].scope), ("http", "shop"));
    let search = path[4];
    assert!(search.attributes.iter().any(|(name, value)| name == "found" && *value == 3), "{search:?}");
    assert_eq!(search.events[0].name, "searched");
    assert_eq!(search.events[0].attributes[0].1, "tea");
}

#[test]
fn keep_all_that_is_said_of_them() {
    let tracing = tracing();
    let tracer = global::tracer("shop");
    let other = SpanContext::new(TraceId::from(7), SpanId::from(8), TraceFlags::SAMPLED, true, TraceState::NONE);
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
    let builder = tracer.span_builder("draft").with_kind(OtelKind::Client).with_start_time(start);
    let builder = builder.with_attributes([KeyValue::new("a", 1), KeyValue::new("b", true)]);
    let mut span = builder.start(&tracer);
    {
        use opentelemetry::trace::Span;
        span.set_attribute(KeyValue::new("a", 2.5));
        span.add_link(other.clone(), Vec::new());
        span.update_name("call");
        span.set_status(Status::error("no answer"));
        span.set_status(Status::Unset);
        span.end_with_timestamp(start + Duration::from_millis(1_500));
        assert!(!span.is_recording());
        span.set_attribute(KeyValue::new("too", "late"));
        span.end();
    }
    drop(span);
    let spans = tracing.end();

    let call = one(&spans, "call");
    assert_eq!((call.kind, &call.status), (SpanKind::Client, &SpanStatus::Error("no answer".to_owned())));
    assert_eq!((call.start, call.end), (start, start + Duration::from_millis(1_500)));
    assert_eq!(call.attributes.len(), 2);
    assert_eq!((&call.attributes[0].1, &call.attributes[1].1), (&2.5.into(), &true.into()));
    assert_eq!(call.links[0].span_id.to_string(), other.span_id().to_string());
}

#[test]
fn end_where_they_were_made() {
    let tracing = tracing();
    let span = tracing::info_span!("ours");
    span.in_scope(|| Context::map_current(|context| context.span().end()));
    span.in_scope(|| tracing::info!(answer = 42, "still here"));
    drop(span);
    let spans = tracing.end();
    assert_eq!(one(&spans, "ours").events[0].name, "still here");
}

#[test]
fn an_event_of_tracing_belongs_to_the_span_that_is_current() {
    let tracing = tracing();
    let tracer = global::tracer("shop");
    tracing::info_span!("outer").in_scope(|| {
        tracer.in_span("inner", |_| tracing::warn!(tries = 2_u64, "again"));
        tracing::info!("done");
    });
    tracer.in_span("alone", |_| tracing::info!("heard"));
    let spans = tracing.end();
    let events = |name| one(&spans, name).events.iter().map(|event| &*event.name).collect::<Vec<_>>();
    assert_eq!(events("inner"), ["again"]);
    assert_eq!(one(&spans, "inner").events[0].attributes[0].1, 2);
    assert_eq!(events("outer"), ["done"]);
    assert_eq!(events("alone"), ["heard"]);
}

#[test]
fn a_parent_from_another_service_decides() {
    let remote = |flags| SpanContext::new(TraceId::from(5), SpanId::from(6), flags, true, TraceState::NONE);
    let inside = |flags| Context::new().with_remote_span_context(remote(flags)).attach();
    let tracing = tracing();
    {
        let _remote = inside(TraceFlags::SAMPLED);
        research();
    }
    {
        let _remote = inside(TraceFlags::default());
        research_unsampled();
    }
    let spans = tracing.end();
    let agent = one(&spans, "invoke_agent researcher");
    assert!(agent.parent_is_remote);
    assert_eq!(agent.parent_span_id.unwrap().to_string(), format!("{:016x}", 6));
    assert_eq!(agent.trace_id.to_string(), format!("{:032x}", 5));
    assert_eq!(spans.len(), 3);
}

#[track_agent("planner")]
fn research_unsampled() {
    Context::map_current(|context| {
        assert_eq!(context.span().span_context().trace_id(), TraceId::from(5));
        assert!(!context.span().span_context().is_sampled());
        assert!(!context.span().is_recording());
    });
    global::tracer("shop").in_span("look", |context| assert!(!context.span().span_context().is_sampled()));
}

#[test]
fn nothing_is_made_where_telemetry_is_suppressed_or_traces_are_not_made() {
    let tracer = global::tracer("shop");
    let tracing = tracing_with(|builder| builder.sampling(Sampling::always()));
    {
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        research_quietly();
        tracer.in_span("look", |context| assert!(!context.span().is_recording()));
    }
    assert_eq!(tracing.end(), []);
    tracer.in_span("look", |context| assert!(!context.span().span_context().is_valid()));
}

#[track_agent("quiet")]
fn research_quietly() {
    assert!(!Context::current().has_active_span());
}

#[test]
fn lists_stay_lists_and_links_keep_what_is_said_of_them() {
    let tracing = tracing();
    let tracer = global::tracer("shop");
    let other = SpanContext::new(TraceId::from(7), SpanId::from(8), TraceFlags::SAMPLED, true, TraceState::NONE);
    let texts = Value::Array(Array::String(vec!["stop".into(), "length".into()]));
    let numbers = Value::Array(Array::I64(vec![1, 2]));
    let many = (0..130).map(|n| KeyValue::new(format!("key-{n}"), n)).collect();
    let mut span = tracer
        .span_builder("call")
        .with_attributes([KeyValue::new("texts", texts.clone()), KeyValue::new("numbers", numbers)])
        .with_links(vec![Link::new(other.clone(), vec![KeyValue::new("why", "batch")], 0)])
        .start(&tracer);
    {
        use opentelemetry::trace::Span;
        span.add_link(other.clone(), many);
        let secret = ["sk", "proj", "abcdefghijklmnopqrstuvwxyz0123456789"].join("-");
        span.add_link(other, vec![KeyValue::new("key", secret), KeyValue::new("gen_ai.input.messages", "hello")]);
        span.add_event("said", vec![KeyValue::new("texts", texts)]);
        span.end();
    }
    let spans = tracing.end();

    let call = one(&spans, "call");
    assert_eq!(*call.attribute("texts").unwrap(), ["stop", "length"]);
    assert_eq!(*call.attribute("numbers").unwrap(), ["1", "2"]);
    assert_eq!(call.events[0].attributes[0].1, ["stop", "length"]);
    assert_eq!(call.links[0].attributes[0], ("why".into(), FieldValue::Text("batch".into())));
    assert_eq!((call.links[1].attributes.len(), call.links[1].dropped_attributes), (128, 2));
    // It passes the gate as all else.
    let said: Vec<_> = call.links[2].attributes.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    assert!(said.len() == 1 && !said[0].contains("abcdefghij"), "{said:?}");
}

#[test]
fn a_trace_that_begins_anew_is_linked_to_the_old_one_whoever_begins_it() {
    let tracing = tracing();
    let headers = [("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned())];
    let headers: std::collections::HashMap<_, _> = headers.into();
    let context = arc_obs::propagation::extract(&headers).under(arc_obs::propagation::Incoming::Restart);
    context.run(|| {
        global::tracer("theirs").in_span("theirs", |_| tracing::info_span!("inside").in_scope(|| ()));
        tracing::info_span!("ours").in_scope(|| ());
    });
    let spans = tracing.end();
    for name in ["theirs", "ours"] {
        let span = one(&spans, name);
        assert_ne!(span.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
        let links: Vec<_> = span.links.iter().map(|link| link.span_id.to_string()).collect();
        assert_eq!(links, ["b7ad6b7169203331"], "{name}");
    }
    assert_eq!(one(&spans, "inside").links, []);
}
