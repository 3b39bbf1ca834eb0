//! How often a call asks for memory, counted by the allocator itself.
#![allow(missing_docs)]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use arc_obs::{Usage, record_usage, traced, track_agent, track_llm, track_tool};
use futures::stream::{self, BoxStream, Stream, StreamExt};
use serde::Serialize;
use serde_json::{Value, json};

#[track_agent("allocating")]
fn agent(number: u64) -> Result<u64, std::fmt::Error> {
    Ok(number)
}

#[track_agent("allocating")]
async fn agent_async(number: u64) -> Result<u64, std::fmt::Error> {
    operation();
    tool(number == 7).map_err(|()| std::fmt::Error)?;
    Ok(number)
}

#[track_tool("allocating")]
fn tool(fail: bool) -> Result<(), ()> {
    if fail { Err(()) } else { Ok(()) }
}

#[traced]
fn operation() {}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500))]
fn ask_stated() {}

#[track_llm(model = "gpt-4o")]
fn ask(response: &Value) -> &Value {
    response
}

#[track_tool(name = name)]
fn named(name: &str) {}
arc_obs::labels! { first: bool, attempt: arc_obs::InRange<1, 9>, customer: arc_obs::Capped<2> }

#[track_agent("allocating_labels", labels(first = number == 1, attempt = number))]
async fn labelled(number: u64) {}

#[traced("allocating_capped", labels(customer = customer))]
fn capped(customer: &str) {}

#[arc_obs::metrics(prefix = "allocating")]
mod metrics {
    /// Calls.
    #[counter]
    pub fn calls(first: bool, customer: arc_obs::Capped<2>);

    /// Seconds.
    #[histogram]
    pub fn call_seconds();
}

/// Allocations of one call, after others have resolved what is resolved once.
fn allocations(call: impl Fn()) -> u64 {
    for _ in 0..3 {
        call();
    }
    measure(call).count_total
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!(),
    }
}

#[test]
fn labels_and_own_metrics_allocate_nothing() {
    assert_eq!(allocations(|| ready(labelled(1))), 0);
    assert_eq!(allocations(|| ready(labelled(100))), 0, "what is folded, too");
    for customer in ["a", "b", "c"] {
        assert_eq!(allocations(|| capped(customer)), 0, "{customer}");
        assert_eq!(allocations(|| metrics::calls(true, customer).inc()), 0, "{customer}");
    }
    assert_eq!(allocations(|| metrics::call_seconds().observe(0.1)), 0);
}

#[test]
fn agents_tools_and_operations_allocate_nothing() {
    assert_eq!(allocations(|| _ = agent(1)), 0);
    assert_eq!(allocations(|| _ = ready(agent_async(1))), 0);
    // An error is asked for its words, which may be those of a time-out.
    assert_eq!(allocations(|| _ = ready(agent_async(7))), 1);
}

#[test]
fn names_of_run_time_allocate_nothing_once_they_were_seen() {
    let long = "x".repeat(1_000);
    for name in ["allocating", "another", "", &long] {
        assert_eq!(allocations(|| named(name)), 0);
        assert_eq!(allocations(|| arc_obs::agent(name).kind("planner").run_sync(|| ())), 0);
        assert_eq!(allocations(|| ready(arc_obs::operation(name).run(async {}))), 0);
    }
}

/// A chat answer as a client's own type, of the size that they have.
#[derive(Serialize)]
struct Chat {
    id: String,
    object: &'static str,
    model: String,
    choices: Vec<Choice>,
    usage: Tokens,
}

#[derive(Serialize)]
struct Choice {
    index: u32,
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Serialize)]
struct Message {
    role: String,
    content: Option<String>,
}

#[derive(Serialize)]
struct Tokens {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
    prompt_tokens_details: Option<Details>,
}

#[derive(Serialize)]
struct Details {
    cached_tokens: Option<u32>,
}

fn chat(length: usize) -> Chat {
    let message = Message { role: "assistant".into(), content: Some("x".repeat(length)) };
    Chat {
        id: "chatcmpl-1".into(),
        object: "chat.completion",
        model: "gpt-4o-2024-08-06".into(),
        choices: vec![Choice { index: 0, message, finish_reason: Some("stop".into()) }],
        usage: Tokens {
            prompt_tokens: 1_000,
            completion_tokens: 500,
            total_tokens: 1_500,
            prompt_tokens_details: Some(Details { cached_tokens: Some(800) }),
        },
    }
}

#[test]
fn reading_a_response_allocates_what_it_keeps_the_models_name() {
    let (short, long) = (chat(10), chat(1 << 20));
    for response in [&short, &long] {
        let bytes = measure(|| record_usage(response)).bytes_total;
        assert_eq!(allocations(|| record_usage(response)), 1);
        assert!(bytes < 64, "{bytes}");
    }
    let value = serde_json::to_value(&long).unwrap();
    assert_eq!(allocations(|| record_usage(&value)), 1);
    let unnamed = json!({"usage": {"prompt_tokens": 1, "completion_tokens": 1}});
    assert_eq!(allocations(|| record_usage(&unnamed)), 0);
}

#[track_llm(model = "gpt-4o", stream)]
fn stream(chunks: &[Value]) -> impl Stream<Item = &Value> {
    stream::iter(chunks)
}

/// Asks for all that there is at once.
fn drain(stream: impl Stream) {
    let mut stream = pin!(stream);
    while let Poll::Ready(Some(_)) = stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())) {}
}

#[test]
fn a_chunk_allocates_nothing_whatever_it_says() {
    let chunk = |usage: Value| json!({"model": "gpt-4o-2024-08-06", "choices": [{"delta": {"content": "tea"}, "finish_reason": null}], "usage": usage});
    let usage = json!({"prompt_tokens": 1, "completion_tokens": 1});
    let mut chunks = vec![chunk(Value::Null)];
    assert_eq!(allocations(|| drain(stream(&chunks))), 2, "the box of an LLM call, and the model's name");
    chunks.extend((0..1_000).map(|place| chunk(if place % 2 == 0 { Value::Null } else { usage.clone() })));
    chunks.push(json!({"choices": [{"delta": {}, "finish_reason": "stop"}]}));
    assert_eq!(allocations(|| drain(stream(&chunks))), 2);
    // One that is boxed is boxed again.
    assert_eq!(allocations(|| drain(boxed(&chunks))), 4);
}

#[track_llm(model = "gpt-4o", stream)]
fn boxed(chunks: &[Value]) -> BoxStream<'_, &Value> {
    stream::iter(chunks).boxed()
}

#[test]
fn an_llm_call_allocates_one_box_beside_what_it_keeps() {
    assert_eq!(allocations(ask_stated), 1);
    let response = serde_json::to_value(chat(10)).unwrap();
    assert_eq!(allocations(|| _ = ask(&response)), 2, "and the model's name");
}
