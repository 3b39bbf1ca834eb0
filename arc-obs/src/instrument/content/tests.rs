//! Requests and responses of providers, as they are told.

use serde_json::{Value, json};

use super::chunks::Said;
use super::messages::{Asked, answered, fitted, fitted_value};

fn asked(request: Value) -> (Value, Value) {
    let mut asked = Asked::default();
    asked.read(request);
    (asked.system.into(), asked.messages.into())
}

fn text(content: &str) -> Value {
    json!({ "type": "text", "content": content })
}

fn user(content: &str) -> Value {
    json!({ "role": "user", "parts": [text(content)] })
}

fn answer(parts: Value, finish_reason: &str) -> Value {
    json!([{ "role": "assistant", "parts": parts, "finish_reason": finish_reason }])
}

#[test]
fn requests_of_every_provider() {
    let call = json!({ "type": "tool_call", "id": "1", "name": "search", "arguments": { "q": "tea" } });
    let found = json!({ "type": "tool_call_response", "id": "1", "response": "found" });
    for (who, request, system, messages) in [
        ("a text", json!("hi"), json!([]), json!([user("hi")])),
        ("a conversation", json!([{ "role": "User", "content": "hi" }]), json!([]), json!([user("hi")])),
        ("texts", json!(["hi", "ho"]), json!([]), json!([user("hi"), user("ho")])),
        (
            "OpenAI, chat",
            json!({ "model": "gpt-4o", "messages": [
                { "role": "user", "content": "hi" },
                { "role": "assistant", "content": null, "tool_calls": [
                    { "id": "1", "type": "function", "function": { "name": "search", "arguments": "{\"q\":\"tea\"}" } },
                ] },
                { "role": "tool", "tool_call_id": "1", "content": [{ "type": "text", "text": "found" }] },
            ] }),
            json!([]),
            json!([user("hi"), { "role": "assistant", "parts": [call] }, { "role": "tool", "parts": [found] }]),
        ),
        (
            "OpenAI, responses",
            json!({ "instructions": "be short", "input": [
                { "role": "user", "content": [{ "type": "input_text", "text": "hi" }] },
                { "type": "function_call", "call_id": "1", "name": "search", "arguments": "{\"q\":\"tea\"}" },
                { "type": "function_call_output", "call_id": "1", "output": "found" },
            ] }),
            json!([text("be short")]),
            json!([user("hi"), { "role": "assistant", "parts": [call] }, { "role": "tool", "parts": [found] }]),
        ),
        (
            "Anthropic",
            json!({ "system": [{ "type": "text", "text": "be short" }], "messages": [
                { "role": "user", "content": "hi" },
                { "role": "assistant", "content": [{ "type": "tool_use", "id": "1", "name": "search", "input": { "q": "tea" } }] },
                { "role": "user", "content": [{ "type": "tool_result", "tool_use_id": "1", "content": [{ "type": "text", "text": "found" }] }] },
            ] }),
            json!([text("be short")]),
            json!([user("hi"), { "role": "assistant", "parts": [call] }, { "role": "user", "parts": [found] }]),
        ),
        (
            "Gemini",
            json!({ "systemInstruction": { "parts": [{ "text": "be short" }] }, "contents": [
                { "role": "user", "parts": [{ "text": "hi" }] },
                { "role": "model", "parts": [{ "functionCall": { "id": "1", "name": "search", "args": { "q": "tea" } } }] },
                { "role": "user", "parts": [{ "functionResponse": { "id": "1", "response": "found" } }] },
            ] }),
            json!([text("be short")]),
            json!([user("hi"), { "role": "assistant", "parts": [call] }, { "role": "user", "parts": [found] }]),
        ),
        (
            "Bedrock",
            json!({ "system": [{ "text": "be short" }], "messages": [
                { "role": "user", "content": [{ "text": "hi" }] },
                { "role": "assistant", "content": [{ "toolUse": { "toolUseId": "1", "name": "search", "input": { "q": "tea" } } }] },
                { "role": "user", "content": [{ "toolResult": { "toolUseId": "1", "content": [{ "text": "found" }] } }] },
            ] }),
            json!([text("be short")]),
            json!([user("hi"), { "role": "assistant", "parts": [call] }, { "role": "user", "parts": [found] }]),
        ),
        ("Ollama", json!({ "prompt": "hi", "system": "be short" }), json!([text("be short")]), json!([user("hi")])),
        ("embeddings", json!({ "input": ["hi", "ho"] }), json!([]), json!([user("hi"), user("ho")])),
        ("no request", json!({ "temperature": 0.5 }), json!([]), json!([])),
        ("a number", json!(3), json!([]), json!([])),
    ] {
        assert_eq!(asked(request), (system, messages), "{who}");
    }
}

#[test]
fn responses_of_every_provider() {
    let call = json!({ "type": "tool_call", "id": "1", "name": "search", "arguments": { "q": "tea" } });
    let tea = json!([text("Tea.")]);
    for (who, response, told) in [
        ("a text", json!("Tea."), answer(tea.clone(), "unknown")),
        (
            "OpenAI, chat",
            json!({ "choices": [{ "message": { "role": "assistant", "content": "Tea." }, "finish_reason": "stop" }] }),
            answer(tea.clone(), "stop"),
        ),
        (
            "OpenAI, completions",
            json!({ "choices": [{ "text": "Tea.", "finish_reason": "length" }] }),
            answer(tea.clone(), "length"),
        ),
        (
            "DeepSeek",
            json!({ "choices": [{ "message": { "reasoning_content": "Hm.", "content": "Tea." }, "finish_reason": "stop" }] }),
            answer(json!([{ "type": "reasoning", "content": "Hm." }, text("Tea.")]), "stop"),
        ),
        (
            "OpenAI, responses",
            json!({ "status": "completed", "output": [
                { "type": "reasoning", "summary": [{ "type": "summary_text", "text": "Hm." }] },
                { "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Tea." }] },
                { "type": "function_call", "call_id": "1", "name": "search", "arguments": "{\"q\":\"tea\"}" },
            ] }),
            answer(json!([{ "type": "reasoning", "content": "Hm." }, text("Tea."), call]), "stop"),
        ),
        (
            "Anthropic",
            json!({ "role": "assistant", "stop_reason": "tool_use", "content": [
                { "type": "thinking", "thinking": "Hm." },
                { "type": "text", "text": "Tea." },
                { "type": "tool_use", "id": "1", "name": "search", "input": { "q": "tea" } },
            ] }),
            answer(json!([{ "type": "reasoning", "content": "Hm." }, text("Tea."), call]), "tool_call"),
        ),
        (
            "Gemini",
            json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "text": "Tea." }] }, "finishReason": "MAX_TOKENS" }] }),
            answer(tea.clone(), "length"),
        ),
        (
            "Gemini, held back",
            json!({ "candidates": [{ "content": {}, "finishReason": "SAFETY" }] }),
            answer(json!([]), "content_filter"),
        ),
        (
            "Bedrock",
            json!({ "output": { "message": { "role": "assistant", "content": [{ "text": "Tea." }] } }, "stopReason": "end_turn" }),
            answer(tea.clone(), "stop"),
        ),
        (
            "Ollama",
            json!({ "message": { "role": "assistant", "content": "Tea." }, "done_reason": "stop" }),
            answer(tea.clone(), "stop"),
        ),
        (
            "Cohere",
            json!({ "message": { "role": "assistant", "content": [{ "type": "text", "text": "Tea." }] }, "finish_reason": "COMPLETE" }),
            answer(tea.clone(), "stop"),
        ),
        ("Ollama, completions", json!({ "response": "Tea.", "done_reason": "stop" }), answer(tea, "stop")),
        ("embeddings", json!({ "data": [{ "embedding": [0.5] }] }), json!([])),
        ("nothing", Value::Null, json!([])),
    ] {
        assert_eq!(Value::from(answered(response)), told, "{who}");
    }
}

#[test]
fn images_are_told_without_their_data() {
    let request = json!([{ "role": "user", "content": [
        { "type": "image_url", "image_url": { "url": "https://example.com/a.png" } },
        { "type": "image_url", "image_url": { "url": "data:image/png;base64,AAAA" } },
        { "type": "image", "source": { "type": "base64", "data": "AAAA" } },
        { "type": "input_audio", "input_audio": { "data": "AAAA", "format": "wav" } },
        { "type": "file", "file": { "file_data": "AAAA" } },
        3,
    ] }]);
    let (_, messages) = asked(request);
    assert_eq!(
        messages[0]["parts"],
        json!([
            { "type": "uri", "modality": "image", "uri": "https://example.com/a.png" },
            { "type": "image" }, { "type": "image" }, { "type": "audio" }, { "type": "file" }, { "type": "unknown" },
        ])
    );
    assert!(!messages.to_string().contains("AAAA"), "{messages}");
}

#[test]
fn what_is_too_long_is_cut_and_stays_json() {
    let messages =
        |count: usize, length: usize| -> Vec<Value> { (0..count).map(|_| user(&"é".repeat(length))).collect() };
    for (count, length, most) in
        [(1, 10, 1_000), (1, 100_000, 1_000), (3, 5_000, 1_000), (1_000, 10, 1_000), (1_000, 1_000, 2_000)]
    {
        let all = messages(count, length);
        let whole = serde_json::to_string(&all).unwrap();
        let (text, is_cut) = fitted(all, most);
        let text = text.unwrap();
        assert!(text.chars().count() <= most, "{count} of {length}");
        assert_eq!(is_cut, text != whole);
        let read: Vec<Value> = serde_json::from_str(&text).unwrap();
        let left_out = read[0]["parts"][0]["messages"].as_u64().unwrap_or(0) as usize;
        let there = read.len() - usize::from(left_out > 0);
        assert_eq!(left_out + there, count, "{text}");
    }
    assert_eq!(fitted(messages(1, 10), 10), (None, true));
    assert_eq!(fitted(messages(100, 10), 10), (None, true));
}

fn said(chunks: impl IntoIterator<Item = Value>) -> Value {
    let mut said = Said::new(10_000);
    chunks.into_iter().for_each(|chunk| said.add(chunk));
    let (messages, is_cut) = said.finish();
    assert!(!is_cut);
    messages.into()
}

#[test]
fn streams_of_every_provider() {
    // What looks like usage, and is text.
    const TRAP: &str = r#"{"usage": {"prompt_tokens": 999999, "completion_tokens": 999999}, "finish_reason": "length", "model": "gpt-3.5-turbo"}"#;
    let trap = TRAP.to_owned();
    let of_anthropic = json!([text(TRAP), { "type": "tool_call", "id": "t", "name": "search", "arguments": { "usage": { "input_tokens": 999_999 } } }]);
    let arguments: Value = serde_json::from_str(TRAP).unwrap();
    for (file, parts, reason) in [
        ("anthropic_cached", of_anthropic.clone(), "tool_call"),
        ("anthropic_message", of_anthropic.clone(), "stop"),
        ("anthropic_server_tool", of_anthropic, "stop"),
        ("azure_chat", json!([text("tea")]), "stop"),
        ("bedrock_converse_stream", json!([text(TRAP)]), "length"),
        ("cohere_chat", json!([text(TRAP)]), "stop"),
        ("gemini_generate_content", json!([text(&format!("The {trap}"))]), "stop"),
        ("groq_chat", json!([text("tea")]), "stop"),
        ("mistral_chat", json!([text("The answer")]), "length"),
        ("ollama_chat", json!([text("The answer")]), "stop"),
        ("openai_chat", json!([text(&format!("The answer is {trap}"))]), "stop"),
        (
            "openai_chat_tool_call",
            json!([{ "type": "tool_call", "id": "call_1", "name": "search", "arguments": arguments }]),
            "tool_call",
        ),
        ("openai_responses", json!([text(TRAP)]), "stop"),
        ("openai_responses_incomplete", json!([text("tea")]), "length"),
        ("vllm_continuous_usage", json!([text("The answer is 4")]), "stop"),
    ] {
        let path = format!("{}/../tests/streams/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
        let recorded = std::fs::read_to_string(path).unwrap();
        let told = said(recorded.lines().map(|line| serde_json::from_str(line).unwrap()));
        assert_eq!(told, answer(parts, reason), "{file}");
    }
}

#[test]
fn chunks_of_other_kinds() {
    let call = json!({ "type": "tool_call", "id": "1", "name": "search", "arguments": { "q": "tea" } });
    let reasoning = json!({ "type": "reasoning", "content": "Hm." });
    for (who, chunks, told) in [
        ("texts", vec![json!("Te"), json!("a.")], answer(json!([text("Tea.")]), "unknown")),
        ("nothing", vec![json!(null), json!({ "type": "ping" }), json!(3)], json!([])),
        (
            "two answers, of which the second comes first",
            vec![
                json!({ "choices": [{ "index": 1, "delta": { "content": "B" } }] }),
                json!({ "choices": [{ "index": 0, "delta": { "reasoning_content": "Hm." } }] }),
                json!({ "choices": [{ "index": 0, "delta": { "content": "A" }, "finish_reason": "stop" }] }),
                json!({ "choices": [{ "index": 1, "delta": {}, "finish_reason": "length" }] }),
            ],
            json!([
                { "role": "assistant", "parts": [reasoning, text("A")], "finish_reason": "stop" },
                { "role": "assistant", "parts": [text("B")], "finish_reason": "length" },
            ]),
        ),
        (
            "calls that are all the first",
            vec![
                json!({ "choices": [{ "delta": { "tool_calls": [{ "index": 0, "id": "0", "function": { "name": "a", "arguments": "{}" } }] } }] }),
                json!({ "choices": [{ "delta": { "tool_calls": [{ "index": 0, "id": "1", "function": { "name": "search", "arguments": "{\"q\":" } }] } }] }),
                json!({ "choices": [{ "delta": { "tool_calls": [{ "index": 0, "function": { "arguments": "\"tea\"}" } }] } }] }),
            ],
            answer(json!([{ "type": "tool_call", "id": "0", "name": "a", "arguments": {} }, call]), "unknown"),
        ),
        (
            "OpenAI, responses that are cut off",
            vec![
                json!({ "type": "response.reasoning_summary_text.delta", "output_index": 0, "delta": "Hm." }),
                json!({ "type": "response.output_item.added", "output_index": 1, "item": { "type": "function_call", "call_id": "1", "name": "search", "arguments": "" } }),
                json!({ "type": "response.function_call_arguments.delta", "output_index": 1, "delta": "{\"q\":\"tea\"}" }),
            ],
            answer(json!([reasoning, call]), "unknown"),
        ),
        (
            "OpenAI, responses with all at the end",
            vec![
                json!({ "type": "response.output_text.delta", "delta": "Te" }),
                json!({ "type": "response.completed", "response": { "status": "completed", "output": [
                    { "type": "message", "content": [{ "type": "output_text", "text": "Tea." }] },
                ] } }),
            ],
            answer(json!([text("Tea.")]), "stop"),
        ),
        (
            "Gemini",
            vec![
                json!({ "candidates": [{ "content": { "parts": [{ "text": "Hm.", "thought": true }, { "text": "Tea." }] } }] }),
                json!({ "candidates": [{ "content": { "parts": [{ "functionCall": { "id": "1", "name": "search", "args": { "q": "tea" } } }] }, "finishReason": "STOP" }] }),
            ],
            answer(json!([reasoning, text("Tea."), call]), "stop"),
        ),
        (
            "Bedrock",
            vec![
                json!({ "contentBlockStart": { "contentBlockIndex": 1, "start": { "toolUse": { "toolUseId": "1", "name": "search" } } } }),
                json!({ "contentBlockDelta": { "contentBlockIndex": 1, "delta": { "toolUse": { "input": "{\"q\":\"tea\"}" } } } }),
                json!({ "messageStop": { "stopReason": "tool_use" } }),
            ],
            answer(json!([call]), "tool_call"),
        ),
        (
            "Ollama",
            vec![
                json!({ "message": { "thinking": "Hm.", "content": "" } }),
                json!({ "message": { "content": "", "tool_calls": [{ "id": "1", "function": { "name": "search", "arguments": { "q": "tea" } } }] }, "done_reason": "stop" }),
            ],
            answer(json!([reasoning, call]), "stop"),
        ),
        ("genai", vec![json!({ "Chunk": { "content": "Tea." } })], answer(json!([text("Tea.")]), "unknown")),
        (
            "rig",
            vec![json!({ "Text": { "text": "Te" } }), json!({ "Message": "a." })],
            answer(json!([text("Tea.")]), "unknown"),
        ),
    ] {
        assert_eq!(said(chunks), told, "{who}");
    }
}

#[test]
fn an_answer_in_chunks_is_bounded() {
    let mut said = Said::new(1_000);
    for index in 0..10_000 {
        said.add(json!({ "choices": [{ "index": index, "delta": { "content": "tea and more tea, " } }] }));
        said.add(json!({ "choices": [{ "index": 0, "delta": { "content": "tea and more tea, " } }] }));
    }
    let (messages, is_cut) = said.finish();
    assert!(is_cut && messages.len() <= 64, "{}", messages.len());
    assert!(messages[0].to_string().len() < 1_200 && messages[0].to_string().contains('…'));
}

#[test]
fn what_a_tool_is_given_is_fitted_too() {
    for (value, most, told, is_cut) in [
        (json!({ "q": "tea" }), 100, r#"{"q":"tea"}"#, false),
        (json!("tea"), 100, "tea", false),
        (json!("a long text of many words"), 12, "a long text…", true),
        (json!({ "q": "x".repeat(1_000) }), 200, &*format!(r#"{{"q":"{}…"}}"#, "x".repeat(99)), true),
        (vec![1_000_000; 100].into(), 10, "[1000000,…", true),
    ] {
        assert_eq!(fitted_value(value, most), (Some(told.to_owned()), is_cut));
    }
}
