//! What is current goes along to other tasks and threads.
#![allow(missing_docs)]

use std::time::{Duration, SystemTime};

use arc_obs::testing::capture;
use arc_obs::{Status, Usage, Usd, record_llm_call, track_agent, track_llm, track_tool};
use arc_obs_trace_tests::{one, tracing};
use opentelemetry::trace::Tracer;
use opentelemetry::{Context, global};

#[track_tool("search", cost = Usd::from_nanos(7))]
async fn search() {
    tokio::task::yield_now().await;
}

#[track_tool("parse", cost = Usd::from_nanos(7))]
fn parse() {}

#[track_agent("researcher")]
async fn research() {
    let looked = arc_obs::spawn(search());
    arc_obs::spawn_blocking(parse).await.unwrap();
    looked.await.unwrap();
    let context = arc_obs::context();
    std::thread::spawn(move || context.run_sync(|| tracing::info_span!("thread").in_scope(|| ()))).join().unwrap();
    tokio::spawn(async { tracing::info_span!("alone").in_scope(|| ()) }).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_span() {
    let tracing = tracing();
    research().await;
    let spans = tracing.end();
    let agent = one(&spans, "invoke_agent researcher");
    for inside in ["execute_tool search", "execute_tool parse", "thread"] {
        assert_eq!(one(&spans, inside).parent_span_id, Some(agent.span_id), "{inside}");
    }
    assert_eq!(one(&spans, "alone").parent_span_id, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_agent_and_the_capture() {
    // Takes its turn: it makes spans.
    let _tracing = tracing();
    let capture = capture();
    capture.handle().run(research()).await;
    assert_eq!(capture.value("arc_agent_cost_dollars_total", &[("agent_name", "researcher")]), Some(14e-9));
    assert_eq!(capture.value("arc_tool_calls_total", &[("tool", "search"), ("status", "success")]), Some(1.0));
    let operations = capture.operations();
    assert!(operations.iter().filter(|operation| operation.name == "parse").all(|operation| operation.depth == 1));
}

#[track_llm(model = "gpt-4o", usage = |usage: &Usage| *usage)]
async fn ask() -> Usage {
    // Another call, which only happens to use the same.
    let usage = Usage::new(10, 5);
    arc_obs::spawn(async move { record_llm_call("gpt-4o", Status::Success, Duration::ZERO, usage) }).await.unwrap();
    usage
}

#[tokio::test]
async fn not_the_llm_call() {
    // Takes its turn: it makes spans.
    let _tracing = tracing();
    let capture = capture();
    capture.handle().run(ask()).await;
    assert_eq!(capture.value("arc_llm_tokens_total", &[("model", "gpt-4o"), ("type", "prompt")]), Some(20.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_current_for_opentelemetry() {
    let tracing = tracing();
    let task = global::tracer("http").in_span("request", |_| {
        let _baggage = Context::current_with_value("acme").attach();
        arc_obs::spawn(async {
            tokio::task::yield_now().await;
            Context::map_current(|context| assert_eq!(context.get::<&str>(), Some(&"acme")));
            search().await;
        })
    });
    task.await.unwrap();
    let spans = tracing.end();
    assert_eq!(one(&spans, "execute_tool search").parent_span_id, Some(one(&spans, "request").span_id));
}

#[track_agent("starter")]
async fn start() -> tokio::task::JoinHandle<()> {
    arc_obs::spawn(async {
        tokio::task::yield_now().await;
        search().await;
    })
}

#[tokio::test]
async fn an_agent_ends_when_it_does_and_its_task_is_still_inside_of_it() {
    let tracing = tracing();
    let task = start().await;
    let ended = SystemTime::now();
    task.await.unwrap();
    let spans = tracing.end();
    let agent = one(&spans, "invoke_agent starter");
    assert!(agent.end <= ended);
    assert_eq!(one(&spans, "execute_tool search").parent_span_id, Some(agent.span_id));
}

/// Opens a span when it is dropped.
struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        tracing::info_span!("last").in_scope(|| ());
    }
}

#[track_agent("leaver")]
async fn leave() {
    let last = Last;
    let task = arc_obs::spawn(async move {
        let _last = last;
        std::future::pending::<()>().await;
    });
    tokio::task::yield_now().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
}

#[tokio::test]
async fn a_task_that_is_given_up_is_dropped_in_its_place() {
    let tracing = tracing();
    leave().await;
    tracing::info_span!("after").in_scope(|| ());
    let spans = tracing.end();
    assert_eq!(one(&spans, "last").parent_span_id, Some(one(&spans, "invoke_agent leaver").span_id));
    assert_eq!(one(&spans, "after").parent_span_id, None);
}
