//! What was asked and answered, out of the JSON of all providers, in the shape that the GenAI
//! conventions have for it (`gen-ai-input-messages.json`, `gen-ai-output-messages.json`).
//!
//! What is not known is left out of a message with its type only, so that one sees that there
//! was something; images and the like leave as a link, and never as data.

use serde_json::{Map, Value, json};

use crate::operation::FinishReason;

type Object = Map<String, Value>;

/// What was asked.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) system: Vec<Value>,
    pub(super) messages: Vec<Value>,
}

impl Asked {
    pub(super) fn text(&mut self, text: String) {
        self.messages.push(json!({ "role": "user", "parts": [text_part(text)] }));
    }

    pub(super) fn system(&mut self, text: String) {
        self.system.push(text_part(text));
    }

    /// A request, a conversation, or one message. Anything else says nothing.
    pub(super) fn read(&mut self, value: Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(all) => all.into_iter().for_each(|one| self.message(one)),
            Value::Object(request) if request.contains_key("role") => self.message(Value::Object(request)),
            Value::Object(mut request) => {
                // OpenAI, Anthropic, Gemini, Bedrock; rig's `preamble`.
                for key in ["system", "instructions", "systemInstruction", "system_instruction", "preamble"] {
                    if let Some(system) = request.remove(key) {
                        self.system.extend(parts(system));
                    }
                }
                for key in ["chat_history", "messages", "contents", "input", "inputs", "prompt", "message"] {
                    match request.remove(key) {
                        Some(Value::Array(all)) => all.into_iter().for_each(|one| self.message(one)),
                        Some(Value::Null) | None => {}
                        Some(one) => self.message(one),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn message(&mut self, value: Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Object(message) if is_call(&message) => {
                self.messages.push(json!({ "role": "assistant", "parts": [part(Value::Object(message))] }));
            }
            Value::Object(message) if is_call_output(&message) => {
                self.messages.push(json!({ "role": "tool", "parts": [part(Value::Object(message))] }));
            }
            Value::Object(message) => {
                if let Some(message) = self::message(message, "user") {
                    self.messages.push(message);
                }
            }
            _ => {}
        }
    }
}

/// What was answered: a response, or its text. Empty where it is no response.
pub(super) fn answered(value: Value) -> Vec<Value> {
    match value {
        Value::String(text) => vec![output(json!({ "role": "assistant", "parts": [text_part(text)] }), None)],
        Value::Object(mut response) => {
            for key in ["choices", "candidates"] {
                if let Some(Value::Array(choices)) = response.remove(key) {
                    return choices.into_iter().filter_map(choice).collect();
                }
            }
            let reason = finish_reason(&response);
            match response.remove("output") {
                // OpenAI's responses: messages, reasoning and calls in one list.
                Some(Value::Array(items)) => {
                    let parts: Vec<_> = items.into_iter().flat_map(item).collect();
                    return of_parts(parts, reason);
                }
                // Bedrock
                Some(Value::Object(mut inside)) => {
                    return of_message(inside.remove("message"), reason);
                }
                _ => {}
            }
            // Ollama, Cohere
            if let Some(message @ Value::Object(_)) = response.remove("message") {
                return of_message(Some(message), reason);
            }
            // Anthropic; genai
            if response.contains_key("content") {
                return of_message(Some(Value::Object(response)), reason);
            }
            // rig; Ollama's completions, Cohere's older chat
            for key in ["choice", "response", "text", "generation"] {
                if let Some(content) = response.remove(key) {
                    return of_parts(parts(content), reason);
                }
            }
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// One of several answers.
fn choice(value: Value) -> Option<Value> {
    let Value::Object(mut choice) = value else { return None };
    let reason = finish_reason(&choice);
    // OpenAI has `message` and, of completions, `text`; Gemini `content`.
    let message = match choice.remove("message").or_else(|| choice.remove("content")) {
        Some(Value::Object(message)) => message,
        _ => Map::from_iter([("content".to_owned(), choice.remove("text")?)]),
    };
    Some(output(message_or_empty(message), reason))
}

fn of_message(message: Option<Value>, reason: Option<FinishReason>) -> Vec<Value> {
    match message {
        Some(Value::Object(message)) => vec![output(message_or_empty(message), reason)],
        _ => Vec::new(),
    }
}

fn of_parts(parts: Vec<Value>, reason: Option<FinishReason>) -> Vec<Value> {
    if parts.is_empty() {
        return Vec::new();
    }
    vec![output(json!({ "role": "assistant", "parts": parts }), reason)]
}

/// An answer in which nothing was said has ended for a reason, too.
fn message_or_empty(message: Object) -> Value {
    self::message(message, "assistant").unwrap_or_else(|| json!({ "role": "assistant", "parts": [] }))
}

pub(super) fn output(mut message: Value, reason: Option<FinishReason>) -> Value {
    message["finish_reason"] = match reason {
        Some(FinishReason::ToolCalls) => "tool_call",
        Some(reason) => reason.as_str(),
        None => "unknown",
    }
    .into();
    message
}

pub(super) fn finish_reason(response: &Object) -> Option<FinishReason> {
    const KEYS: [&str; 6] = ["finish_reason", "finishReason", "stop_reason", "stopReason", "done_reason", "status"];
    let cut_short = response.get("incomplete_details").and_then(|details| details["reason"].as_str());
    if let Some(reason) = cut_short {
        return FinishReason::named(reason);
    }
    KEYS.iter().find_map(|key| FinishReason::named(response.get(*key)?.as_str()?))
}

/// One thing that a response of OpenAI's holds.
fn item(value: Value) -> Vec<Value> {
    match value {
        Value::Object(mut item) if item.get("type").is_some_and(|kind| kind == "message") => {
            item.remove("content").map(parts).unwrap_or_default()
        }
        value => vec![part(value)],
    }
}

/// A message, unless nothing is in it.
pub(super) fn message(mut message: Object, preset: &str) -> Option<Value> {
    let role = match message.remove("role").or_else(|| message.remove("author")) {
        Some(Value::String(role)) => role.to_ascii_lowercase(),
        _ => preset.to_owned(),
    };
    // Gemini
    let role = if role == "model" { "assistant".to_owned() } else { role };
    let mut all = Vec::new();
    for key in ["reasoning_content", "thinking", "reasoning"] {
        if let Some(Value::String(reasoning)) = message.remove(key) {
            all.push(json!({ "type": "reasoning", "content": reasoning }));
        }
    }
    let content = ["content", "parts", "text"].into_iter().find_map(|key| message.remove(key));
    let answers = message.remove("tool_call_id");
    let content = content.filter(|content| !content.is_null());
    match (answers, content) {
        (Some(id), Some(response)) => {
            let response = if response.is_array() { joined(parts(response)) } else { response };
            all.push(json!({ "type": "tool_call_response", "id": id, "response": response }));
        }
        (_, content) => all.extend(content.into_iter().flat_map(parts)),
    }
    if let Some(Value::String(refusal)) = message.remove("refusal") {
        all.push(text_part(refusal));
    }
    if let Some(Value::Array(calls)) = message.remove("tool_calls") {
        all.extend(calls.into_iter().map(part));
    }
    if let Some(call @ Value::Object(_)) = message.remove("function_call") {
        all.push(part(call));
    }
    (!all.is_empty()).then(|| json!({ "role": role, "parts": all }))
}

fn parts(content: Value) -> Vec<Value> {
    match content {
        Value::Null => Vec::new(),
        Value::Array(all) => all.into_iter().map(part).collect(),
        // Gemini's `systemInstruction` is a message.
        Value::Object(mut message) if message.contains_key("parts") => {
            message.remove("parts").map_or_else(Vec::new, parts)
        }
        one => vec![part(one)],
    }
}

fn joined(parts: Vec<Value>) -> Value {
    match parts.as_slice() {
        [one] if one["type"] == "text" => one["content"].clone(),
        _ => Value::Array(parts),
    }
}

pub(super) fn text_part(text: String) -> Value {
    json!({ "type": "text", "content": text })
}

fn is_call(part: &Object) -> bool {
    part.get("type").is_some_and(|kind| kind == "function_call")
}

fn is_call_output(part: &Object) -> bool {
    part.get("type").is_some_and(|kind| kind == "function_call_output")
}

/// One part of a message.
fn part(value: Value) -> Value {
    let mut part = match value {
        Value::String(text) => return text_part(text),
        Value::Object(part) => part,
        _ => return json!({ "type": "unknown" }),
    };
    let kind = part.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    if matches!(kind.as_str(), "thinking" | "reasoning" | "redacted_thinking") || part.contains_key("thinking") {
        let content = ["thinking", "text", "summary", "content"].into_iter().find_map(|key| part.remove(key));
        return json!({ "type": "reasoning", "content": text_of(content) });
    }
    // Under a name: Bedrock's `toolUse`, Gemini's `functionCall`; OpenAI's `function` in a call.
    for key in ["toolUse", "functionCall", "function", "toolResult", "functionResponse"] {
        let Some(Value::Object(mut inside)) = part.remove(key) else { continue };
        if let Some(id) = part.remove("id") {
            inside.entry("id").or_insert(id);
        }
        return if key.ends_with("Result") || key.ends_with("Response") { call_output(inside) } else { call(inside) };
    }
    match kind.as_str() {
        "tool_use" | "function_call" | "tool_call" | "server_tool_use" | "tool-call" => return call(part),
        "tool_result" | "function_call_output" | "tool_call_response" | "tool-result" => return call_output(part),
        _ => {}
    }
    for key in ["text", "refusal", "content"] {
        if let Some(Value::String(text)) = part.remove(key) {
            return text_part(text);
        }
    }
    if part.contains_key("name") && (part.contains_key("arguments") || part.contains_key("args")) {
        return call(part);
    }
    linked(&kind, part)
}

/// An image, a sound, a file: where it is, if it is somewhere else.
fn linked(kind: &str, mut part: Object) -> Value {
    let modality = ["image", "audio", "video"].into_iter().find(|modality| kind.contains(modality));
    let inside = [kind, "source", "file_data", "fileData"].into_iter().find_map(|key| part.remove(key));
    let place = match inside {
        Some(Value::Object(mut inside)) => {
            ["url", "uri", "file_uri", "fileUri"].into_iter().find_map(|key| inside.remove(key))
        }
        inside => inside,
    };
    match (place, modality) {
        (Some(Value::String(uri)), _) if uri.starts_with("http://") || uri.starts_with("https://") => {
            json!({ "type": "uri", "modality": modality.unwrap_or("file"), "uri": uri })
        }
        (_, Some(modality)) => json!({ "type": modality }),
        _ if kind.is_empty() => json!({ "type": "unknown" }),
        _ => json!({ "type": kind }),
    }
}

pub(super) fn call(mut call: Object) -> Value {
    let mut take = |keys: [&str; 3]| keys.into_iter().find_map(|key| call.remove(key)).unwrap_or_default();
    let id = take(["call_id", "toolUseId", "id"]);
    let name = take(["name", "fn_name", "function_name"]);
    let arguments = match take(["arguments", "input", "args"]) {
        // OpenAI writes them as text.
        Value::String(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
        arguments => arguments,
    };
    json!({ "type": "tool_call", "id": id, "name": name, "arguments": arguments })
}

fn call_output(mut output: Object) -> Value {
    let mut take = |keys: &[&str]| keys.iter().find_map(|key| output.remove(*key)).unwrap_or_default();
    let id = take(&["tool_use_id", "toolUseId", "call_id", "id", "name"]);
    let response = match take(&["content", "output", "response", "result"]) {
        response @ Value::Array(_) => joined(parts(response)),
        response => response,
    };
    json!({ "type": "tool_call_response", "id": id, "response": response })
}

/// The text of what may be several.
fn text_of(content: Option<Value>) -> String {
    match content {
        Some(Value::String(text)) => text,
        Some(Value::Array(all)) => {
            let texts = all.into_iter().map(part);
            texts.filter_map(|part| part["content"].as_str().map(str::to_owned)).collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// The messages as JSON of so many characters at most, and whether anything is missing: longer
/// texts are cut in themselves, and of too many messages the oldest are left out, so that it
/// stays JSON. Nothing, where that is not enough.
pub(super) fn fitted(mut messages: Vec<Value>, most: usize) -> (Option<String>, bool) {
    let mut longest = most;
    let mut left_out = 0;
    loop {
        let Ok(text) = serde_json::to_string(&messages) else { return (None, true) };
        if text.chars().count() <= most {
            return (Some(text), longest < most || left_out > 0);
        }
        longest /= 2;
        if longest >= SHORTEST {
            messages.iter_mut().for_each(|message| shorten(message, longest));
            continue;
        }
        if left_out > 0 {
            messages.remove(0);
        }
        if messages.len() < 2 {
            return (None, true);
        }
        let more = messages.len().div_ceil(2);
        left_out += more;
        messages.drain(..more);
        messages.insert(0, json!({ "role": "system", "parts": [{ "type": "left_out", "messages": left_out }] }));
    }
}

/// The same of one value: text as it is, anything else as JSON. What is too long for all that its texts
/// are cut, is cut as a text.
pub(super) fn fitted_value(mut value: Value, most: usize) -> (Option<String>, bool) {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        value => serde_json::to_string(value).ok(),
    };
    let mut longest = most;
    loop {
        let Some(mut text) = text(&value) else { return (None, true) };
        if text.chars().count() <= most {
            return (Some(text), longest < most);
        }
        longest /= 2;
        if value.is_string() || longest < SHORTEST {
            crate::redact::cut_safely(&mut text, most);
            return (Some(text), true);
        }
        shorten(&mut value, longest);
    }
}

/// To how many characters a text is cut before whole messages are left out.
const SHORTEST: usize = 64;

fn shorten(value: &mut Value, longest: usize) {
    match value {
        Value::String(text) => crate::redact::cut_safely(text, longest),
        Value::Array(all) => all.iter_mut().for_each(|one| shorten(one, longest)),
        Value::Object(all) => all.values_mut().for_each(|one| shorten(one, longest)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
