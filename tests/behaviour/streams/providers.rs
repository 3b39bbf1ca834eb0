//! What is read off the streams of providers (`tests/streams`): each says its usage in a
//! way of its own.

use std::fs;
use std::path::Path;

use super::*;

fn events(name: &str) -> Vec<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("streams").join(format!("{name}.jsonl"));
    let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[track_llm(model = "asked", unpriced, stream)]
fn ask(events: Vec<Value>) -> impl Stream<Item = Value> {
    stream::iter(events)
}

fn read(events: Vec<Value>) -> (FinishedOperation, Vec<&'static str>) {
    let capture = capture();
    block_on(ask(events).count());
    let flawed = ["negative", "overflow", "contradiction", "panicked"]
        .into_iter()
        .filter(|reason| capture.value("arc_obs_usage_inconsistent_total", &[("reason", reason)]) != Some(0.0));
    (only(&capture), flawed.collect())
}

/// File, usage, the model that answered, why it stopped.
type Expected = (&'static str, Option<Usage>, Option<&'static str>, Option<FinishReason>);

fn expected() -> Vec<Expected> {
    use FinishReason::{Length, Stop, ToolCalls};
    let openai = Some("gpt-4o-2024-08-06");
    let claude = Some("claude-sonnet-4-5-20250929");
    let gpt5 = Some("gpt-5.4-2026-03-05");
    vec![
        ("openai_chat", Some(Usage::new(48, 14).cache_read(32).reasoning(6)), openai, Some(Stop)),
        ("openai_chat_without_include_usage", None, openai, Some(Stop)),
        ("openai_chat_tool_call", Some(Usage::new(82, 17)), openai, Some(ToolCalls)),
        ("azure_chat", Some(Usage::new(14, 9)), Some("gpt-4o-2024-11-20"), Some(Stop)),
        ("openai_responses", Some(Usage::new(1536, 21).cache_read(1408).reasoning(8)), gpt5, Some(Stop)),
        ("openai_responses_incomplete", Some(Usage::new(12, 16)), gpt5, Some(Length)),
        ("anthropic_message", Some(Usage::new(51, 162)), claude, Some(Stop)),
        (
            "anthropic_cached",
            Some(Usage::new(3084, 30).cache_read(1800).cache_write(1272).cache_write_1h(1024)),
            claude,
            Some(ToolCalls),
        ),
        ("anthropic_server_tool", Some(Usage::new(10_682, 510)), Some("claude-opus-4-8"), Some(Stop)),
        (
            "gemini_generate_content",
            Some(Usage::new(2204, 105).cache_read(2041).reasoning(94)),
            Some("gemini-2.5-flash"),
            Some(Stop),
        ),
        ("ollama_chat", Some(Usage::new(26, 282)), Some("llama3.2"), Some(Stop)),
        ("bedrock_converse_stream", Some(Usage::new(100, 40).cache_read(60).cache_write(20)), None, Some(Length)),
        ("vllm_continuous_usage", Some(Usage::new(31, 5)), Some("qwen3-32b"), Some(Stop)),
        ("mistral_chat", Some(Usage::new(22, 10).cache_read(16)), Some("mistral-large-2512"), Some(Length)),
        ("cohere_chat", Some(Usage::new(12, 36)), None, Some(Stop)),
        ("groq_chat", Some(Usage::new(18, 6)), Some("llama-3.3-70b-versatile"), Some(Stop)),
        ("openrouter_chat", Some(Usage::new(14, 4)), Some("openai/gpt-4o"), Some(Stop)),
    ]
}

#[test]
fn every_stream_is_read_as_expected() {
    for (name, usage, model, finish_reason) in expected() {
        let events = events(name);
        let chunks = events.len() as u64;
        let (call, flaws) = read(events);
        assert_eq!(call.usage, usage, "{name}");
        assert_eq!(call.response_model.as_deref(), model, "{name}");
        assert_eq!(call.finish_reason, finish_reason, "{name}");
        assert_eq!((call.chunks, call.usage_missing), (Some(chunks), usage.is_none()), "{name}");
        assert_eq!(flaws, [""; 0], "{name}");
    }
}

#[test]
fn every_file_is_expected() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("streams");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    let mut names: Vec<_> = expected().into_iter().map(|(name, ..)| name.to_owned()).collect();
    names.sort();
    assert_eq!(files, names);
}

/// Wherever a stream is cut, what was counted is no more than the whole, and never less
/// than it was a chunk before.
#[test]
fn counts_only_grow() {
    for (name, whole, ..) in expected() {
        let events = events(name);
        let mut before = Usage::default();
        for chunks in 0..=events.len() {
            let (call, _) = read(events[..chunks].to_vec());
            let usage = call.usage.unwrap_or_default();
            assert!(usage.input_tokens >= before.input_tokens, "{name}, {chunks} chunks");
            assert!(usage.output_tokens >= before.output_tokens, "{name}, {chunks} chunks");
            before = usage;
        }
        assert_eq!(before, whole.unwrap_or_default(), "{name}");
    }
}

#[test]
fn the_providers_own_cost_comes_from_the_chunk_that_has_it() {
    #[track_llm(model = "a-model-without-a-price", unpriced, stream)]
    fn ask(events: Vec<Value>) -> impl Stream<Item = Value> {
        stream::iter(events)
    }
    let mut events = events("openrouter_chat");
    for event in &mut events {
        event["model"] = Value::Null;
    }
    let capture = capture();
    block_on(ask(events).count());
    assert_eq!(only(&capture).cost, Some(Usd::from_nanos(75_000)));
}

/// The whole answers that are not streamed say why, too.
#[test]
fn whole_answers_say_why_they_ended() {
    #[track_llm(model = "asked", unpriced)]
    fn ask(answer: Value) -> Value {
        answer
    }
    use FinishReason::{Length, Stop, ToolCalls};
    for (file, reason) in [
        ("openai/chat.json", Some(Stop)),
        ("openai/chat_tool_call.json", Some(ToolCalls)),
        ("openai/responses.json", Some(Stop)),
        ("openai/embeddings.json", None),
        ("anthropic/message.json", Some(Stop)),
        ("anthropic/tool_use.json", Some(ToolCalls)),
        ("gemini/generate_content.json", Some(Stop)),
        ("bedrock/converse.json", Some(Stop)),
        ("bedrock/tool_use.json", Some(ToolCalls)),
        ("mistral/chat.json", Some(Stop)),
        ("cohere/chat.json", Some(Stop)),
        ("cohere/tool_call.json", Some(ToolCalls)),
        ("ollama/chat.json", Some(Stop)),
    ] {
        let capture = capture();
        ask(arc_obs_tests::responses::of(file).body());
        assert_eq!(only(&capture).finish_reason, reason, "{file}");
    }
    let capture = capture();
    ask(json!({"stop_reason": "max_tokens", "usage": {"input_tokens": 1, "output_tokens": 1}}));
    assert_eq!(only(&capture).finish_reason, Some(Length));
}
