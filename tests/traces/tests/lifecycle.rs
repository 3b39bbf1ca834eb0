//! Spans and the life of runtimes, threads and the process: L14 to L17.
#![allow(missing_docs)]

use std::sync::Barrier;
use std::time::{Duration, Instant};

use arc_obs::{track_agent, track_tool};
use arc_obs_trace_tests::{dropped, one, tracing};
use tokio::runtime;
use tokio::sync::oneshot;

#[track_tool("search")]
fn search() {}

#[track_agent("waiter")]
async fn wait(begun: oneshot::Sender<()>) {
    let _ = begun.send(());
    std::future::pending::<()>().await;
}

#[track_agent("counter")]
fn count_down(n: usize) {
    if n > 0 {
        count_down(n - 1);
    }
}

/// L14. What is entered inside of more spans than a trace has levels is not made, and counted;
/// what is outside of that is as ever.
#[test]
fn ten_thousand_levels_of_calls() {
    let tracing = tracing();
    let before = dropped("too_deep");
    let calls = std::thread::Builder::new().stack_size(64 << 20).spawn(|| count_down(9_999)).unwrap();
    calls.join().unwrap();
    tracing::info_span!("after").in_scope(|| ());
    let (spans, _turn) = tracing.end_and_stay();
    let levels = spans.iter().filter(|span| span.name == "invoke_agent counter").count();
    assert_eq!(levels, 1_024);
    assert_eq!(dropped("too_deep") - before, 10_000 - 1_024);
    assert_eq!(one(&spans, "after").parent_span_id, None);
}

/// L14. None of these is entered: each is only said to be inside of the one before.
#[test]
fn ten_thousand_spans_one_inside_of_the_other() {
    let tracing = tracing();
    let mut spans = vec![tracing::info_span!("level")];
    for _ in 1..10_000 {
        spans.push(tracing::info_span!(parent: spans.last().unwrap(), "level"));
    }
    let full = dropped("queue_full");
    // From the innermost on, as they would be left.
    while spans.pop().is_some() {}
    let (spans, _turn) = tracing.end_and_stay();
    assert_eq!(spans.len() as u64 + (dropped("queue_full") - full), 10_000);
}

/// L15. The runtime is gone before the traces are, and the other way round.
#[test]
fn a_runtime_is_dropped_while_spans_are_open() {
    let begin = || {
        let runtime = runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        let (begun, has_begun) = oneshot::channel();
        runtime.spawn(wait(begun));
        runtime.block_on(has_begun).unwrap();
        runtime
    };
    let tracing_first = tracing();
    drop(begin());
    let spans = tracing_first.end();
    let agent = one(&spans, "invoke_agent waiter");
    assert!(agent.attributes.iter().any(|(name, value)| name == "status" && *value == "cancelled"), "{agent:?}");

    let tracing = tracing();
    let before = dropped("after_shutdown");
    let runtime = begin();
    let (spans, _turn) = tracing.end_and_stay();
    assert_eq!(spans, []);
    drop(runtime);
    assert_eq!(dropped("after_shutdown") - before, 1);
}

/// L15. One that was begun in the traces before is not part of those that are made now.
#[test]
fn a_span_outlives_the_traces_that_it_was_begun_in() {
    let first = tracing();
    let left = tracing::info_span!("left");
    assert_eq!(first.end(), []);
    let second = tracing();
    let before = dropped("after_shutdown");
    drop(left);
    assert_eq!(dropped("after_shutdown") - before, 1);
    search();
    assert_eq!(second.end().len(), 1);
}

#[track_agent("either")]
async fn either() {
    tokio::task::yield_now().await;
    search();
}

/// L16.
#[test]
fn runtimes_beside_and_inside_of_each_other_and_one_for_each_thread() {
    let tracing = tracing();
    let current_thread = || runtime::Builder::new_current_thread().build().unwrap();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(move || {
                let runtime = current_thread();
                for _ in 0..10 {
                    runtime.block_on(either());
                }
            })
        })
        .collect();
    let (one, other) = (current_thread(), runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap());
    let future = other.spawn(either());
    one.block_on(async { tokio::join!(either(), future) }).1.unwrap();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let spans = tracing.end();
    let agents: Vec<_> = spans.iter().filter(|span| span.name == "invoke_agent either").collect();
    assert_eq!(agents.len(), 82);
    assert!(agents.iter().all(|agent| agent.parent_span_id.is_none()));
    for tool in spans.iter().filter(|span| span.name == "execute_tool search") {
        let agent = agents.iter().find(|agent| Some(agent.span_id) == tool.parent_span_id).unwrap();
        assert_eq!(agent.trace_id, tool.trace_id);
    }
}

/// L17. All come back in time, and every span is delivered or counted, once.
#[test]
fn shutdown_from_many_threads_while_spans_are_made() {
    for _ in 0..20 {
        let tracing = tracing();
        let lost = || dropped("after_shutdown") + dropped("shutdown");
        let before = lost();
        let together = Barrier::new(16 + 4);
        let deadline = Duration::from_secs(10);
        let made: u64 = std::thread::scope(|threads| {
            for _ in 0..16 {
                threads.spawn(|| {
                    together.wait();
                    let started = Instant::now();
                    tracing.obs().shutdown_blocking(deadline).unwrap();
                    tracing.obs().shutdown_blocking(deadline).unwrap();
                    assert!(started.elapsed() < deadline);
                });
            }
            let making: Vec<_> = (0..4)
                .map(|_| {
                    threads.spawn(|| {
                        together.wait();
                        (0..50).for_each(|_| search());
                        50
                    })
                })
                .collect();
            making.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        let (spans, _turn) = tracing.end_and_stay();
        assert_eq!(spans.len() as u64 + (lost() - before), made);
    }
}
