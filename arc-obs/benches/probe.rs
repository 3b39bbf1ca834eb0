//! What reading a response costs, in nanoseconds, beside turning it into JSON.
//!
//! `cargo bench -p arc-obs --bench probe`; with `-- --gate` it fails where reading takes
//! more than a part of what `serde_json` takes to write the same response: the probe
//! walks past what is of no interest to it. How often it asks for memory is a test
//! (`tests/allocations.rs`).
//!
//! The subjects take turns in short batches, as in the bench `overhead`, and the least of
//! a subject's batches counts.
#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};

/// Which part of writing it as JSON reading may take.
const MOST: f64 = 0.5;

/// What reading is to stay below, in nanoseconds, on a machine of today. Not a gate: that
/// a machine is slow is no fault.
const WANTED: f64 = 2_000.0;

const CALLS: u64 = 200;
const ROUNDS: usize = 1_000;

/// A chat answer with every field that OpenAI sends today.
fn chat() -> Value {
    let words = "Observed agents tell what they cost, how long they took and what failed. ".repeat(20);
    json!({
        "id": "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT",
        "object": "chat.completion",
        "created": 1_741_569_952,
        "model": "gpt-4o-2024-08-06",
        "choices": [{
            "index": 0,
            "message": {
                "role": "assistant",
                "content": words,
                "refusal": null,
                "annotations": [],
                "tool_calls": [{
                    "id": "call_1",
                    "type": "function",
                    "function": { "name": "search", "arguments": "{\"query\": \"tea\", \"usage\": 1}" },
                }],
            },
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": {
            "prompt_tokens": 1_000,
            "completion_tokens": 500,
            "total_tokens": 1_500,
            "prompt_tokens_details": { "cached_tokens": 800, "audio_tokens": 0 },
            "completion_tokens_details": {
                "reasoning_tokens": 64,
                "audio_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        },
        "service_tier": "default",
        "system_fingerprint": "fp_1",
    })
}

/// The same as a client's own type.
#[derive(Serialize)]
struct Chat {
    id: String,
    object: String,
    created: u64,
    model: String,
    choices: Vec<Value>,
    usage: Option<Tokens>,
    service_tier: Option<String>,
    system_fingerprint: Option<String>,
}

#[derive(Serialize)]
struct Tokens {
    prompt_tokens: u32,
    completion_tokens: u32,
    total_tokens: u32,
    prompt_tokens_details: Option<InputDetails>,
    completion_tokens_details: Option<OutputDetails>,
}

#[derive(Serialize)]
struct InputDetails {
    cached_tokens: Option<u32>,
    audio_tokens: Option<u32>,
}

#[derive(Serialize)]
struct OutputDetails {
    reasoning_tokens: Option<u32>,
    audio_tokens: Option<u32>,
    accepted_prediction_tokens: Option<u32>,
    rejected_prediction_tokens: Option<u32>,
}

fn typed(value: &Value) -> Chat {
    Chat {
        id: "chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT".into(),
        object: "chat.completion".into(),
        created: 1_741_569_952,
        model: "gpt-4o-2024-08-06".into(),
        choices: value["choices"].as_array().cloned().unwrap_or_default(),
        usage: Some(Tokens {
            prompt_tokens: 1_000,
            completion_tokens: 500,
            total_tokens: 1_500,
            prompt_tokens_details: Some(InputDetails { cached_tokens: Some(800), audio_tokens: Some(0) }),
            completion_tokens_details: Some(OutputDetails {
                reasoning_tokens: Some(64),
                audio_tokens: Some(0),
                accepted_prediction_tokens: Some(0),
                rejected_prediction_tokens: Some(0),
            }),
        }),
        service_tier: Some("default".into()),
        system_fingerprint: Some("fp_1".into()),
    }
}

fn written(response: &impl Serialize) -> usize {
    serde_json::to_vec(response).map_or(0, |text| text.len())
}

type Call<'a> = &'a dyn Fn();

fn done(length: usize) {
    black_box(length);
}

fn main() -> ExitCode {
    let given = |option: &str| std::env::args().any(|argument| argument == option);
    // `cargo bench` gives `--bench`, `cargo test` does not: it only wants to see that
    // this runs.
    let rounds = if given("--bench") { ROUNDS } else { 1 };

    let value = chat();
    let typed = typed(&value);
    let embeddings = json!({
        "object": "list",
        "data": [{ "object": "embedding", "index": 0, "embedding": vec![0.123_456_789; 3_072] }],
        "model": "text-embedding-3-large",
        "usage": { "prompt_tokens": 8, "total_tokens": 8 },
    });
    // Recorded where no call takes it: what is left is the reading.
    let subjects: [(&str, Call<'_>, Call<'_>); 3] = [
        ("a chat answer, typed", &|| arc_obs::record_usage(black_box(&typed)), &|| done(written(&typed))),
        ("a chat answer, JSON", &|| arc_obs::record_usage(black_box(&value)), &|| done(written(&value))),
        ("3072 embeddings", &|| arc_obs::record_usage(black_box(&embeddings)), &|| done(written(&embeddings))),
    ];
    println!("\nns per response, least of {rounds} batches of {CALLS}");
    println!("{:<24} {:>10} {:>14} {:>7}", "", "read by us", "written by", "part");
    let mut passed = true;
    for (name, read, write) in subjects {
        let (mut least_read, mut least_write) = (f64::MAX, f64::MAX);
        for _ in 0..=rounds {
            least_read = least_read.min(batch(read));
            least_write = least_write.min(batch(write));
        }
        let part = least_read / least_write;
        passed &= part <= MOST;
        let slow = if least_read > WANTED { "  more than wanted" } else { "" };
        println!("{name:<24} {least_read:>10.0} {least_write:>14.0} {part:>7.2}{slow}");
    }
    if given("--gate") {
        println!("gate: at most {MOST} of what serde_json takes: {}", if passed { "ok" } else { "FAILED" });
        if !passed {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Nanoseconds per call of one batch.
fn batch(call: &dyn Fn()) -> f64 {
    let begun = Instant::now();
    for _ in 0..CALLS {
        call();
    }
    #[expect(clippy::cast_precision_loss, reason = "a batch is far below 2^53 nanoseconds")]
    let (nanos, calls) = (begun.elapsed().as_nanos() as f64, CALLS as f64);
    nanos / calls
}
