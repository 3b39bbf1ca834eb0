//! Which traces are kept.
#![allow(missing_docs)]

use std::collections::BTreeMap;

use arc_obs::export::Span;
use arc_obs::{Sampling, Usd, track_agent, track_tool};
use arc_obs_trace_tests::{dropped, one, tracing_with};
use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry::{Context, global};

#[track_tool("search")]
fn search(fails: bool) -> Result<(), &'static str> {
    if fails { Err("not found") } else { Ok(()) }
}

/// Whatever fails inside of it, it does not.
#[track_agent("researcher")]
fn research(fails: bool) {
    tracing::info_span!("plan").in_scope(|| ());
    let _ = search(fails);
    tracing::info_span!("write").in_scope(|| ());
}

#[track_tool("lookup", cost = Usd::from_nanos(nanos))]
fn lookup(nanos: u64) {}

#[track_agent("buyer")]
fn buy(nanos: u64) {
    lookup(nanos);
}

fn sampled(sampling: Sampling, run: impl FnOnce()) -> Vec<Span> {
    let tracing = tracing_with(|builder| builder.sampling(sampling));
    run();
    tracing.end()
}

fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| &*span.name).collect()
}

#[test]
fn all_none_or_a_share_of_whole_traces() {
    assert_eq!(sampled(Sampling::always(), || research(false)).len(), 4);
    assert_eq!(sampled(Sampling::never(), || research(false)), []);
    let spans = sampled(Sampling::ratio(0.5), || (0..400).for_each(|_| research(false)));
    let mut traces = BTreeMap::new();
    for span in &spans {
        *traces.entry(span.trace_id.to_string()).or_insert(0) += 1;
    }
    assert!((120..280).contains(&traces.len()), "{}", traces.len());
    assert!(traces.values().all(|spans| *spans == 4), "{traces:?}");
}

#[test]
fn a_trace_in_which_something_failed_is_kept_whole() {
    let spans = sampled(Sampling::never().keep_errors(), || {
        research(false);
        research(true);
        research(false);
    });
    assert_eq!(names(&spans), ["plan", "execute_tool search", "write", "invoke_agent researcher"]);
    let agent = one(&spans, "invoke_agent researcher");
    assert!(spans.iter().all(|span| span.trace_id == agent.trace_id && span.trace_flags & 1 == 1));
    assert_eq!(one(&spans, "plan").parent_span_id, Some(agent.span_id));
}

#[test]
fn what_begins_after_the_failure_passes_on_that_it_is_kept() {
    let is_sampled = || Context::current().span().span_context().is_sampled();
    let spans = sampled(Sampling::never().keep_errors(), || {
        tracing::info_span!("request").in_scope(|| {
            tracing::info_span!("before").in_scope(|| assert!(!is_sampled()));
            let _ = search(true);
            tracing::info_span!("after").in_scope(|| assert!(is_sampled()));
        });
    });
    assert_eq!(names(&spans), ["before", "execute_tool search", "after", "request"]);
}

#[test]
fn a_trace_with_an_expensive_call_is_kept_and_one_of_just_that_cost_is_not() {
    let spans = sampled(Sampling::never().keep_above(Usd::from_nanos(1_000)), || {
        buy(1_000);
        let _ = search(true);
        buy(1_001);
    });
    assert_eq!(names(&spans), ["execute_tool lookup", "invoke_agent buyer"]);
}

#[test]
fn spans_of_the_users_own_fail_as_they_say() {
    let spans = sampled(Sampling::never().keep_errors(), || {
        tracing::info_span!("fine", otel.status_code = "ok").in_scope(|| ());
        tracing::info_span!("broken", otel.status_code = "error").in_scope(|| ());
    });
    assert_eq!(names(&spans), ["broken"]);
}

#[test]
fn also_where_opentelemetry_has_made_the_first_span() {
    let run = |fails| {
        global::tracer("http").in_span("request", |_| {
            research(false);
            let _ = search(fails);
        });
    };
    let spans = sampled(Sampling::never().keep_errors(), || {
        run(false);
        run(true);
    });
    let request = one(&spans, "request");
    assert_eq!(spans.len(), 6, "{:?}", names(&spans));
    assert!(spans.iter().all(|span| span.trace_id == request.trace_id));
}

#[track_agent("beginner")]
fn begin() -> tracing::Span {
    tracing::info_span!("late")
}

#[test]
fn what_fails_after_the_first_span_has_ended_is_kept() {
    let spans = sampled(Sampling::never().keep_errors(), || {
        begin().in_scope(|| {
            tracing::info_span!("fine").in_scope(|| ());
            let _ = search(true);
        });
    });
    assert_eq!(names(&spans), ["execute_tool search", "late"]);
}

#[test]
fn a_long_trace_waits_in_bounded_memory_and_what_is_lost_is_counted() {
    let before = dropped("queue_full");
    let spans = sampled(Sampling::never().keep_errors(), || {
        tracing::info_span!("long").in_scope(|| {
            for n in 0..1_500 {
                tracing::info_span!("step", n).in_scope(|| ());
            }
            let _ = search(true);
        });
    });
    assert_eq!(spans.len(), 1_024 + 2);
    assert_eq!(dropped("queue_full") - before, 1_500 - 1_024);
}
