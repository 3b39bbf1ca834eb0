//! What was asked and answered, in the names of `OpenInference`: whole, and each message flattened.
//!
//! `Arize-ai/openinference`, `spec/llm_spans.md` and `spec/tool_calling.md` of 2026 (commits 0539b7f and
//! 23d0985).

use serde_json::Value;

use super::FieldValue;
use crate::semconv;
use crate::semconv::openinference::{
    EMBEDDED, INPUT_MESSAGES, INPUT_MIME_TYPE, INPUT_VALUE, JSON, OUTPUT_MESSAGES, OUTPUT_MIME_TYPE, OUTPUT_VALUE, TEXT,
};
use crate::trace::ended::Text;

/// So many messages are flattened, the last ones; a conversation may have thousands.
const MOST_MESSAGES: usize = 64;
/// So many parts of each.
const MOST_PARTS: usize = 64;

type Attributes = Vec<(Text, FieldValue)>;

/// Gives content its names, where there is any.
pub(super) fn give_names(attributes: &mut Attributes, embeds: bool) {
    let system = take(attributes, semconv::SYSTEM_INSTRUCTIONS);
    if let Some(asked) = take(attributes, semconv::INPUT_MESSAGES).or_else(|| system.clone().map(|_| "[]".to_owned())) {
        let system = system.and_then(|text| parts_of(&text));
        let system = system.map(|parts| serde_json::json!({ "role": "system", "parts": parts }));
        let messages = parts_of(&asked).unwrap_or_default();
        let messages: Vec<_> = system.into_iter().chain(messages).collect();
        whole(attributes, [INPUT_VALUE, INPUT_MIME_TYPE], Value::from(messages.clone()).to_string());
        if embeds {
            embedded(attributes, &messages);
        } else {
            flattened(attributes, INPUT_MESSAGES, &messages);
        }
    }
    if let Some(answered) = take(attributes, semconv::OUTPUT_MESSAGES) {
        flattened(attributes, OUTPUT_MESSAGES, &parts_of(&answered).unwrap_or_default());
        whole(attributes, [OUTPUT_VALUE, OUTPUT_MIME_TYPE], answered);
    }
    if let Some(arguments) = take(attributes, semconv::TOOL_CALL_ARGUMENTS) {
        whole(attributes, [INPUT_VALUE, INPUT_MIME_TYPE], arguments);
    }
    if let Some(result) = take(attributes, semconv::TOOL_CALL_RESULT) {
        whole(attributes, [OUTPUT_VALUE, OUTPUT_MIME_TYPE], result);
    }
}

fn take(attributes: &mut Attributes, name: &str) -> Option<String> {
    let place = attributes.iter().position(|(known, _)| known == name)?;
    match attributes.remove(place).1 {
        FieldValue::Text(text) => Some(text),
        _ => None,
    }
}

fn parts_of(json: &str) -> Option<Vec<Value>> {
    serde_json::from_str(json).ok()
}

/// All of it under one name, unless somebody has said that otherwise.
fn whole(attributes: &mut Attributes, [name, mime_type]: [&'static str; 2], value: String) {
    if attributes.iter().any(|(known, _)| known == name) {
        return;
    }
    let is_json = serde_json::from_str::<Value>(&value).is_ok_and(|value| value.is_object() || value.is_array());
    attributes.push((name.into(), FieldValue::Text(value)));
    attributes.push((mime_type.into(), FieldValue::Text(if is_json { JSON } else { TEXT }.to_owned())));
}

fn embedded(attributes: &mut Attributes, messages: &[Value]) {
    let texts = messages.iter().flat_map(|message| message["parts"].as_array().into_iter().flatten());
    let texts = texts.filter_map(|part| part["content"].as_str());
    for (index, text) in texts.take(MOST_MESSAGES).enumerate() {
        attributes.push((format!("{EMBEDDED}.{index}.embedding.text").into(), FieldValue::Text(text.to_owned())));
    }
}

fn flattened(attributes: &mut Attributes, prefix: &str, messages: &[Value]) {
    let last = messages.len().saturating_sub(MOST_MESSAGES);
    for (index, message) in messages.iter().skip(last).enumerate() {
        let mut add = |name: &str, value: String| {
            attributes.push((format!("{prefix}.{index}.message.{name}").into(), FieldValue::Text(value)));
        };
        let parts = message["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let parts = &parts[..parts.len().min(MOST_PARTS)];
        add("role", message["role"].as_str().unwrap_or_default().to_owned());
        let of_content = |part: &&Value| !matches!(part["type"].as_str(), Some("tool_call" | "tool_call_response"));
        match parts.iter().filter(of_content).collect::<Vec<_>>()[..] {
            [] => {}
            [one] if one["type"] == "text" => add("content", text(&one["content"])),
            ref several => {
                for (place, part) in several.iter().enumerate() {
                    let name = |what: &str| format!("contents.{place}.message_content.{what}");
                    let kind = part["type"].as_str().unwrap_or_default();
                    let kind = if kind == "uri" { part["modality"].as_str().unwrap_or(kind) } else { kind };
                    add(&name("type"), kind.to_owned());
                    if let Some(said) = part["content"].as_str() {
                        add(&name("text"), said.to_owned());
                    }
                    if let (Some(uri), "image") = (part["uri"].as_str(), kind) {
                        add(&name("image.image.url"), uri.to_owned());
                    }
                }
            }
        }
        for (place, called) in parts.iter().filter(|part| part["type"] == "tool_call").enumerate() {
            let name = |what: &str| format!("tool_calls.{place}.tool_call.{what}");
            for (what, value) in [("id", &called["id"]), ("function.name", &called["name"])] {
                if let Some(value) = value.as_str() {
                    add(&name(what), value.to_owned());
                }
            }
            add(&name("function.arguments"), text(&called["arguments"]));
        }
        // One message has one of them there.
        if let Some(answer) = parts.iter().find(|part| part["type"] == "tool_call_response") {
            if let Some(id) = answer["id"].as_str() {
                add("tool_call_id", id.to_owned());
            }
            if parts.iter().all(|part| part["type"] == "tool_call_response") {
                add("content", text(&answer["response"]));
            }
        }
    }
}

/// Text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
