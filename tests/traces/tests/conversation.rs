//! For whom work is done, as spans tell it.
#![allow(missing_docs)]

use std::pin::pin;
use std::task::{Context, Waker};

use arc_obs::export::Span;
use arc_obs::{Conventions, conversation, traced, track_agent, track_llm, user};
use arc_obs_trace_tests::{one, tracing, tracing_with};
use serde_json::{Value, json};

#[track_llm(model = "gpt-4o")]
async fn ask() -> Value {
    tokio::task::yield_now().await;
    json!({ "usage": { "prompt_tokens": 1, "completion_tokens": 1 } })
}

#[track_agent("support")]
async fn answer() {
    ask().await;
    plain();
}

#[traced]
fn plain() {}

fn ids(span: &Span) -> (Option<&str>, Option<&str>) {
    let text = |name: &str| span.attribute(name).and_then(|value| value.as_str());
    (text("gen_ai.conversation.id"), text("user.id"))
}

#[tokio::test]
async fn each_span_of_an_agent_has_the_conversation_that_it_is_in() {
    let tracing = tracing();
    let one_of_two = |id: &'static str| conversation(id).user(format!("user of {id}")).run(answer());
    tokio::join!(one_of_two("a"), one_of_two("b"), answer());
    let spans = tracing.end();
    for id in ["a", "b"] {
        let whom = (Some(id), Some(&*format!("user of {id}")));
        let of_id = |name: &str| spans.iter().filter(|span| span.name == name && ids(span) == whom).count();
        assert_eq!((of_id("invoke_agent support"), of_id("chat gpt-4o")), (1, 1), "{id}");
    }
    let of_nobody = |name: &str| spans.iter().filter(|span| span.name == name && ids(span) == (None, None)).count();
    assert_eq!((of_nobody("invoke_agent support"), of_nobody("chat gpt-4o")), (1, 1));
    // What is no part of the GenAI conventions does not say it.
    assert_eq!(of_nobody("plain"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_inside_adds_to_what_is_around_it() {
    let tracing = tracing();
    tokio::spawn(user("u").run(async {
        conversation("c").run(answer()).await;
        conversation("").user("v").run_sync(|| ());
    }))
    .await
    .unwrap();
    user("v").run_sync(|| conversation("d").user("w").run_sync(|| drop(futures::executor::block_on(ask()))));
    let spans = tracing.end();
    assert_eq!(ids(one(&spans, "invoke_agent support")), (Some("c"), Some("u")));
    let calls: Vec<_> = spans.iter().filter(|span| span.name == "chat gpt-4o").map(ids).collect();
    assert_eq!(calls, [(Some("c"), Some("u")), (Some("d"), Some("w"))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_is_spawned_by_us_is_in_the_conversation() {
    let tracing = tracing();
    conversation("c").run(async { arc_obs::spawn(answer()).await.unwrap() }).await;
    let spans = tracing.end();
    assert_eq!(ids(one(&spans, "chat gpt-4o")), (Some("c"), None));
}

#[tokio::test]
async fn an_empty_name_is_none() {
    let tracing = tracing();
    conversation("").user("").run(answer()).await;
    assert_eq!(ids(one(&tracing.end(), "invoke_agent support")), (None, None));
}

#[tokio::test]
async fn a_conversation_is_a_session_with_openinference() {
    let tracing = tracing_with(|builder| builder.conventions(Conventions::OpenInference));
    conversation("c").user("u").run(answer()).await;
    for span in &tracing.end() {
        let text = |name: &str| span.attribute(name).and_then(|value| value.as_str());
        assert_eq!((text("session.id"), text("user.id")), (Some("c"), Some("u")), "{}", span.name);
    }
}

#[test]
fn nobody_reads_who_it_is_in_a_log() {
    let whom = conversation("secret").user("secret");
    assert!(!format!("{whom:?} {:?}", whom.clone().run(async {})).contains("secret"));
}

#[traced]
fn first() {}

#[traced]
fn second() {}

#[test]
fn what_is_around_it_may_change_between_two_polls() {
    let tracing = tracing();
    let mut work = pin!(conversation("c").run(async {
        first();
        futures::pending!();
        second();
        answer().await;
    }));
    let mut task = Context::from_waker(Waker::noop());
    let a = tracing::info_span!("a").in_scope(|| work.as_mut().poll(&mut task));
    assert!(a.is_pending());
    let b = tracing::info_span!("b");
    while b.in_scope(|| user("u").run_sync(|| work.as_mut().poll(&mut task))).is_pending() {}
    drop(b);
    let spans = tracing.end();
    for (inside, around) in [("first", "a"), ("second", "b"), ("invoke_agent support", "b")] {
        assert_eq!(one(&spans, inside).parent_span_id, Some(one(&spans, around).span_id), "{inside}");
    }
    assert_eq!(ids(one(&spans, "chat gpt-4o")), (Some("c"), Some("u")));
}

#[test]
fn a_thread_that_ends_may_still_say_for_whom() {
    struct AtTheEnd;
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            // No span: a registry of `tracing`'s makes none any more.
            conversation("c").run_sync(|| ());
            let _ = pin!(user("u").run(async {})).poll(&mut Context::from_waker(Waker::noop()));
        }
    }
    thread_local!(static LAST: AtTheEnd = const { AtTheEnd });
    let tracing = tracing();
    std::thread::spawn(|| {
        // It is torn down after what is made later.
        LAST.with(|_| ());
        conversation("c").run_sync(first);
    })
    .join()
    .unwrap();
    assert!(!tracing.end().is_empty());
}
