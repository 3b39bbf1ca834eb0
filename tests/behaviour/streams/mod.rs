//! Streamed LLM calls: every shape of function, and every way in which a stream ends.

mod around;
mod chunks;
mod ends;
mod observed;
mod properties;
mod providers;
mod shapes;
mod times;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use arc_obs::testing::{Capture, FinishReason, FinishedOperation, ManualClock, capture};
use arc_obs::{LlmResponse, ObservedStream, Status, Usage, Usd, observe_stream, record_usage, track_agent, track_llm};
use futures::executor::block_on;
use futures::stream::{self, BoxStream, LocalBoxStream};
use futures::{FutureExt, Stream, StreamExt, TryStreamExt};
use serde::Serialize;
use serde_json::{Value, json};

fn text(content: &str) -> Value {
    json!({"model": "gpt-4o-2024-08-06", "choices": [{"delta": {"content": content}, "finish_reason": null}]})
}

fn stop() -> Value {
    json!({"model": "gpt-4o-2024-08-06", "choices": [{"delta": {}, "finish_reason": "stop"}]})
}

fn used(input: u64, output: u64) -> Value {
    json!({"choices": [], "usage": {"prompt_tokens": input, "completion_tokens": output}})
}

/// An answer as OpenAI streams it.
fn answer() -> Vec<Value> {
    vec![text("tea"), text(" leaves"), stop(), used(1_000, 500)]
}

fn only(capture: &Capture) -> FinishedOperation {
    let mut calls = capture.llm_calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    calls.remove(0)
}

fn answered(call: &FinishedOperation) {
    assert_eq!(call.status, Status::Success);
    assert_eq!(call.usage, Some(Usage::new(1_000, 500)));
    assert_eq!(call.cost, Some(Usd::from_nanos(7_500_000)));
    assert_eq!(call.chunks, Some(4));
    assert_eq!(call.finish_reason, Some(FinishReason::Stop));
    assert_eq!(call.response_model.as_deref(), Some("gpt-4o-2024-08-06"));
    assert!(!call.usage_missing);
}

type Chunk = Result<Value, std::io::Error>;
