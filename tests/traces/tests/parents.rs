//! Who is whose parent, whatever a function looks like and wherever its future is polled.
#![allow(missing_docs)]

use std::collections::HashMap;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use arc_obs::export::{Span, SpanId};
use arc_obs::{track_agent, track_llm, track_tool};
use arc_obs_trace_tests::{one, tracing};
use futures::{Stream, StreamExt, stream};
use tracing::Instrument;

#[track_tool("search")]
async fn search() {
    tokio::task::yield_now().await;
}

fn parent(spans: &[Span], name: &str) -> Option<SpanId> {
    one(spans, name).parent_span_id
}

fn id(spans: &[Span], name: &str) -> Option<SpanId> {
    Some(one(spans, name).span_id)
}

#[tokio::test]
async fn an_explicit_parent_is_the_parent_wherever_it_is_and_none_is_none() {
    let tracing = tracing();
    let other = tracing::info_span!("other");
    tracing::info_span!("current").in_scope(|| {
        let _child = tracing::info_span!(parent: &other, "child").entered();
        tracing::info_span!("grandchild").in_scope(|| ());
        tracing::info_span!(parent: None, "root").in_scope(|| ());
    });
    drop(other);
    let spans = tracing.end();
    assert_eq!(parent(&spans, "child"), id(&spans, "other"));
    assert_eq!(parent(&spans, "grandchild"), id(&spans, "child"));
    assert_eq!(parent(&spans, "root"), None);
    assert_ne!(one(&spans, "root").trace_id, one(&spans, "current").trace_id);
}

#[test]
fn what_a_span_follows_is_a_link() {
    let tracing = tracing();
    let first = tracing::info_span!("first");
    let second = tracing::info_span!("second");
    second.follows_from(&first);
    drop((first, second));
    let spans = tracing.end();
    let link = &one(&spans, "second").links[0];
    assert_eq!((link.trace_id, Some(link.span_id)), (one(&spans, "first").trace_id, id(&spans, "first")));
}

#[test]
fn spans_are_left_in_any_order() {
    let tracing = tracing();
    let a = tracing::info_span!("a").entered();
    let b = tracing::info_span!("b").entered();
    drop(a);
    tracing::info_span!("in b").in_scope(|| ());
    drop(b);
    tracing::info_span!("outside").in_scope(|| ());
    let spans = tracing.end();
    assert_eq!(parent(&spans, "b"), id(&spans, "a"));
    assert_eq!(parent(&spans, "in b"), id(&spans, "b"));
    assert_eq!(parent(&spans, "outside"), None);
}

#[track_llm(model = "gpt-4o", stream, usage = none)]
fn chunks() -> impl Stream<Item = String> {
    stream::iter(0..3).then(|n| async move { tracing::info_span!("chunk", n).in_scope(|| n.to_string()) })
}

#[track_agent("teller")]
async fn tell() -> Vec<String> {
    let chunks = chunks();
    search().await;
    chunks.collect().await
}

#[tokio::test]
async fn a_stream_is_inside_of_who_made_it_and_what_it_does_inside_of_it() {
    let tracing = tracing();
    let told = tell().await;
    let spans = tracing.end();
    assert_eq!(told.len(), 3);
    assert_eq!(parent(&spans, "chat gpt-4o"), id(&spans, "invoke_agent teller"));
    assert_eq!(parent(&spans, "execute_tool search"), id(&spans, "invoke_agent teller"));
    let inside: Vec<_> = spans.iter().filter(|span| span.name == "chunk").map(|span| span.parent_span_id).collect();
    assert_eq!(inside, vec![id(&spans, "chat gpt-4o"); 3]);
}

#[track_agent("maker")]
fn make() -> impl Stream<Item = String> {
    chunks()
}

#[tokio::test]
async fn a_stream_that_outlives_who_made_it_is_still_inside_of_it() {
    let tracing = tracing();
    let stream = make();
    tracing::info_span!("reader").in_scope(|| ());
    stream.collect::<Vec<_>>().instrument(tracing::info_span!("later")).await;
    let spans = tracing.end();
    let (call, agent) = (one(&spans, "chat gpt-4o"), one(&spans, "invoke_agent maker"));
    assert_eq!(call.parent_span_id, Some(agent.span_id));
    assert!(call.end >= agent.end);
    assert_eq!(parent(&spans, "later"), None);
}

#[tokio::test]
async fn blocks_are_parents_as_functions_are() {
    let tracing = tracing();
    let block = arc_obs::agent("block");
    block.run(async { search().await }).await;
    arc_obs::operation("step").run_sync(|| tracing::info_span!("inside").in_scope(|| ()));
    let spans = tracing.end();
    assert_eq!(parent(&spans, "execute_tool search"), id(&spans, "invoke_agent block"));
    assert_eq!(parent(&spans, "inside"), id(&spans, "step"));
}

#[test]
fn an_operation_ends_with_its_function_also_where_its_span_is_held() {
    #[track_agent("holder")]
    fn hold() -> tracing::Span {
        tracing::Span::current()
    }
    let tracing = tracing();
    let held = hold();
    let ended = std::time::SystemTime::now();
    held.record("status", "late");
    drop(held);
    let spans = tracing.end();
    assert!(one(&spans, "invoke_agent holder").end <= ended);
}

#[track_agent("outer")]
async fn outer(n: usize) {
    inner(n).instrument(tracing::info_span!("between", n)).await;
}

#[track_agent("inner")]
async fn inner(n: usize) {
    for _ in 0..n % 3 {
        search().await;
    }
}

/// L13: thousands of futures, each polled on whatever thread comes, and two by two on one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn futures_that_are_polled_anywhere_do_not_mix_their_contexts() {
    let tracing = tracing();
    let mut tasks = Vec::new();
    for n in 0..100 {
        tasks.push(tokio::spawn(async move {
            let (a, b) = (outer(n), outer(n + 1));
            tokio::join!(a, b);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let spans = tracing.end();
    assert_eq!(spans.iter().filter(|span| span.name == "invoke_agent outer").count(), 200);
    let by_id: HashMap<_, _> = spans.iter().map(|span| (span.span_id, span)).collect();
    for span in &spans {
        let parent = span.parent_span_id.map(|id| by_id[&id]);
        let expected = match &*span.name {
            "invoke_agent outer" => None,
            "between" => Some("invoke_agent outer"),
            "invoke_agent inner" => Some("between"),
            "execute_tool search" => Some("invoke_agent inner"),
            other => panic!("{other}"),
        };
        assert_eq!(parent.map(|parent| &*parent.name), expected);
        assert!(parent.is_none_or(|parent| parent.trace_id == span.trace_id), "{span:?}");
        assert!(parent.is_none_or(|parent| parent.start <= span.start), "{span:?}");
    }
}

/// L13: begun on one thread, polled on a second, dropped on a third.
#[test]
fn a_future_goes_from_thread_to_thread() {
    let tracing = tracing();
    let mut future = Box::pin(outer(1));
    let mut poll = |span: &'static str| {
        std::thread::scope(|scope| {
            let polled = scope.spawn(|| {
                let _other = tracing::info_span!("thread", span).entered();
                future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            });
            polled.join().unwrap()
        })
    };
    assert_eq!(poll("first"), Poll::Pending);
    assert_eq!(poll("second"), Poll::Ready(()));
    let mut left = Box::pin(outer(2));
    assert_eq!(pin!(&mut left).poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
    std::thread::spawn(move || drop(left)).join().unwrap();
    tracing::info_span!("after").in_scope(|| ());
    let spans = tracing.end();

    let threads: Vec<_> = spans.iter().filter(|span| span.name == "thread").map(|span| Some(span.span_id)).collect();
    let outer: Vec<_> = spans.iter().filter(|span| span.name == "invoke_agent outer").collect();
    // The first poll is the one that begins it.
    assert_eq!([outer[0].parent_span_id, outer[1].parent_span_id], [threads[0], None]);
    assert_eq!(parent(&spans, "after"), None);
    assert!(spans.iter().filter(|span| span.name == "execute_tool search").all(|span| span.parent_span_id.is_some()));
}
