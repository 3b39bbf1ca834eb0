//! Who is whose parent.
#![allow(missing_docs)]

use arc_obs::{track_agent, track_tool};
use arc_obs_trace_tests::{one, tracing};

#[track_tool("search")]
async fn search() {
    tokio::task::yield_now().await;
}

#[tracing::instrument]
async fn plan() {
    search().await;
}

#[track_agent("researcher")]
async fn research() {
    plan().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_and_spans_of_the_users_own_are_one_tree() {
    let tracing = tracing();
    tokio::spawn(research()).await.unwrap();
    let spans = tracing.end();

    let agent = one(&spans, "invoke_agent researcher");
    let plan = one(&spans, "plan");
    let tool = one(&spans, "execute_tool search");
    assert_eq!(agent.parent_span_id, None);
    assert_eq!(plan.parent_span_id, Some(agent.span_id));
    assert_eq!(tool.parent_span_id, Some(plan.span_id));
    assert!(spans.iter().all(|span| span.trace_id == agent.trace_id));
    assert!(agent.start <= tool.start && tool.end <= agent.end);
}
