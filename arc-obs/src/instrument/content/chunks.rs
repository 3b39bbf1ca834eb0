//! What the chunks of an answer say, put together: out of the JSON of all providers, in the shape that
//! `messages` has for a whole one.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::messages::{answered, call, finish_reason, output, text_part};
use crate::operation::{BoundedText, FinishReason};
use crate::redact::edge;

/// How many texts an answer has at most: answers to choose from, and calls of tools in them.
const MOST_TEXTS: usize = 64;

/// What has been said until now.
pub(super) struct Said {
    choices: Vec<Choice>,
    /// The whole answer, of those that send it at the end.
    whole: Vec<Value>,
    /// How many bytes one text may have.
    most: usize,
    texts: usize,
    is_cut: bool,
}

impl std::fmt::Debug for Said {
    /// Without what they say.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Said").field("choices", &self.choices.len()).finish_non_exhaustive()
    }
}

/// One of several answers.
struct Choice {
    index: u64,
    reason: Option<FinishReason>,
    parts: Vec<Part>,
}

enum Part {
    Text(BoundedText),
    Reasoning(BoundedText),
    /// A call of a tool, by the number that it has there.
    Call {
        key: u64,
        id: Value,
        name: Value,
        arguments: BoundedText,
    },
    /// One that comes at once.
    Whole(Value),
}

impl Said {
    pub(super) const fn new(most: usize) -> Self {
        Self { choices: Vec::new(), whole: Vec::new(), most, texts: 0, is_cut: false }
    }

    /// Another chunk.
    pub(super) fn add(&mut self, chunk: Value) {
        match chunk {
            Value::String(text) => self.text(0, &text),
            Value::Array(all) => all.into_iter().for_each(|one| self.add(one)),
            Value::Object(chunk) => self.object(chunk),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn object(&mut self, mut chunk: Map<String, Value>) {
        for key in ["choices", "candidates"] {
            if let Some(Value::Array(choices)) = chunk.remove(key) {
                return choices.into_iter().for_each(|choice| self.choice(choice));
            }
        }
        let kind = chunk.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if kind.starts_with("response.") {
            return self.response_event(&kind, chunk);
        }
        let key = number(&chunk, "index");
        match kind.as_str() {
            // Anthropic, Cohere
            "content_block_start" => return self.begin(key, chunk.remove("content_block")),
            "content_block_delta" | "content-delta" => return self.delta(0, key, chunk.remove("delta")),
            _ => {}
        }
        // Bedrock, and events that are called by what they hold.
        for (name, value) in [
            "contentBlockStart",
            "contentBlockDelta",
            "messageStop",
            "message_delta",
            "Chunk",
            "ReasoningChunk",
            "Text",
            "Message",
            "Reasoning",
        ]
        .into_iter()
        .filter_map(|name| Some((name, chunk.remove(name)?)))
        .collect::<Vec<_>>()
        {
            match (name, value) {
                ("contentBlockStart", Value::Object(mut event)) => {
                    let key = number(&event, "contentBlockIndex");
                    self.begin(key, event.remove("start"));
                }
                ("contentBlockDelta", Value::Object(mut event)) => {
                    let key = number(&event, "contentBlockIndex");
                    self.delta(0, key, event.remove("delta"));
                }
                ("ReasoningChunk" | "Reasoning", value) => self.reasoning(0, &text_in(&value)),
                (_, Value::Object(event)) if finish_reason(&event).is_some() => self.ended(0, finish_reason(&event)),
                (_, value) => self.text(0, &text_in(&value)),
            }
        }
        if let Some(reason) = finish_reason(&chunk) {
            self.ended(0, Some(reason));
        }
        match chunk.remove("delta") {
            Some(delta @ Value::Object(_)) => {
                // `message_delta`
                if let Some(reason) = delta.as_object().and_then(finish_reason) {
                    self.ended(0, Some(reason));
                }
                self.delta(0, key, Some(delta));
            }
            Some(Value::String(text)) => self.text(0, &text),
            _ => {}
        }
        // Ollama
        if let Some(message @ Value::Object(_)) = chunk.remove("message") {
            self.delta(0, 0, Some(message));
        }
        for key in ["response", "text", "content"] {
            if let Some(Value::String(text)) = chunk.remove(key) {
                self.text(0, &text);
            }
        }
    }

    /// One of OpenAI's and Gemini's.
    fn choice(&mut self, choice: Value) {
        let Value::Object(mut choice) = choice else { return };
        let index = number(&choice, "index");
        let reason = finish_reason(&choice);
        for key in ["delta", "content", "message"] {
            if let Some(delta @ Value::Object(_)) = choice.remove(key) {
                self.delta(index, 0, Some(delta));
            }
        }
        if let Some(Value::String(text)) = choice.remove("text") {
            self.text(index, &text);
        }
        self.ended(index, reason);
    }

    /// An event of OpenAI's responses.
    fn response_event(&mut self, kind: &str, mut event: Map<String, Value>) {
        let key = number(&event, "output_index");
        let delta = match event.remove("delta") {
            Some(Value::String(text)) => text,
            _ => String::new(),
        };
        match kind {
            "response.completed" | "response.incomplete" | "response.failed" => {
                let response = event.remove("response").unwrap_or_default();
                self.ended(0, response.as_object().and_then(finish_reason));
                self.whole = answered(response);
            }
            "response.output_item.added" if event.get("item").is_some_and(|item| item["type"] == "function_call") => {
                self.begin(key, event.remove("item"));
            }
            "response.function_call_arguments.delta" => {
                self.arguments(0, key, &delta);
            }
            "response.output_text.delta" | "response.refusal.delta" => {
                self.text(0, &delta);
            }
            _ if kind.starts_with("response.reasoning") && kind.ends_with(".delta") => {
                self.reasoning(0, &delta);
            }
            _ => {}
        }
    }

    /// A block begins: text, reasoning, or the call of a tool.
    fn begin(&mut self, key: u64, block: Option<Value>) {
        let Some(Value::Object(mut block)) = block else { return };
        if let Some(Value::Object(tool)) = block.remove("toolUse") {
            return self.call(0, key, tool);
        }
        match block.get("type").and_then(Value::as_str) {
            Some("tool_use" | "server_tool_use" | "function_call") => self.call(0, key, block),
            _ => self.delta(0, key, Some(Value::Object(block))),
        }
    }

    /// What is new of an answer.
    fn delta(&mut self, index: u64, key: u64, delta: Option<Value>) {
        let Some(Value::Object(mut delta)) = delta else { return };
        for key in ["reasoning_content", "reasoning", "thinking"] {
            if let Some(Value::String(text)) = delta.remove(key) {
                self.reasoning(index, &text);
            }
        }
        for key in ["content", "text", "refusal"] {
            match delta.remove(key) {
                Some(Value::String(text)) => self.text(index, &text),
                // Mistral, Cohere
                Some(Value::Array(parts)) => parts.into_iter().for_each(|part| self.part(index, part)),
                Some(part @ Value::Object(_)) => self.part(index, part),
                _ => {}
            }
        }
        if let Some(Value::Array(parts)) = delta.remove("parts") {
            parts.into_iter().for_each(|part| self.part(index, part));
        }
        if let Some(Value::String(arguments)) = delta.remove("partial_json") {
            self.arguments(index, key, &arguments);
        }
        if let Some(Value::Object(tool)) = delta.remove("toolUse") {
            self.call(index, key, tool);
        }
        if let Some(message @ Value::Object(_)) = delta.remove("message") {
            self.delta(index, key, Some(message));
        }
        if let Some(Value::Array(calls)) = delta.remove("tool_calls") {
            for (place, call) in calls.into_iter().enumerate() {
                let Value::Object(call) = call else { continue };
                let key = call.get("index").and_then(Value::as_u64).unwrap_or(place as u64);
                self.call(index, key, call);
            }
        }
    }

    /// A part that comes at once.
    fn part(&mut self, index: u64, part: Value) {
        let Value::Object(mut part) = part else { return };
        if let Some(called @ Value::Object(_)) = part.remove("functionCall") {
            if let Value::Object(called) = called {
                self.push(index, |_| Part::Whole(call(called)));
            }
            return;
        }
        let is_thought = part.get("thought") == Some(&Value::Bool(true));
        if let Some(Value::String(text)) = part.remove("text") {
            if is_thought { self.reasoning(index, &text) } else { self.text(index, &text) }
        }
    }

    /// A call of a tool begins, or goes on.
    fn call(&mut self, index: u64, key: u64, mut called: Map<String, Value>) {
        if let Some(Value::Object(function)) = called.remove("function") {
            called.extend(function);
        }
        let mut take = |keys: &[&str]| keys.iter().find_map(|key| called.remove(*key)).unwrap_or_default();
        let (id, name) = (take(&["call_id", "toolUseId", "id"]), take(&["name"]));
        let arguments = match take(&["arguments", "input"]) {
            Value::String(text) => text,
            // Anthropic's begins with an empty one; Ollama's is whole.
            Value::Object(none) if none.is_empty() => String::new(),
            Value::Null => String::new(),
            arguments => arguments.to_string(),
        };
        let is_new =
            self.part_of(index, |part| matches!(part, Part::Call { key: known, .. } if *known == key)).is_none();
        if is_new || !name.is_null() && !id.is_null() && self.is_another(index, key, &id) {
            self.push(index, |most| Part::Call { key, id, name, arguments: BoundedText::new(most) });
        }
        self.arguments(index, key, &arguments);
    }

    /// Whether a call of this number has another id: some count every call from 0.
    fn is_another(&mut self, index: u64, key: u64, id: &Value) -> bool {
        let known = self.part_of(index, |part| matches!(part, Part::Call { key: known, .. } if *known == key));
        matches!(known, Some(Part::Call { id: known, .. }) if known != id)
    }

    fn arguments(&mut self, index: u64, key: u64, more: &str) {
        let known = self.part_of(index, |part| matches!(part, Part::Call { key: known, .. } if *known == key));
        if let Some(Part::Call { arguments, .. }) = known {
            // It takes what fits.
            let _ = arguments.write_str(more);
        }
    }

    fn text(&mut self, index: u64, more: &str) {
        self.write(index, more, Part::Text, |part| if let Part::Text(text) = part { Some(text) } else { None });
    }

    fn reasoning(&mut self, index: u64, more: &str) {
        self.write(
            index,
            more,
            Part::Reasoning,
            |part| {
                if let Part::Reasoning(text) = part { Some(text) } else { None }
            },
        );
    }

    /// More of what was said last, or of something new.
    fn write(
        &mut self,
        index: u64,
        more: &str,
        make: fn(BoundedText) -> Part,
        is_it: for<'a> fn(&'a mut Part) -> Option<&'a mut BoundedText>,
    ) {
        if more.is_empty() {
            return;
        }
        let goes_on =
            self.at(index).and_then(|choice| choice.parts.last_mut()).is_some_and(|last| is_it(last).is_some());
        if !goes_on {
            self.push(index, |most| make(BoundedText::new(most)));
        }
        if let Some(text) = self.at(index).and_then(|choice| choice.parts.last_mut()).and_then(is_it) {
            // It takes what fits.
            let _ = text.write_str(more);
        }
    }

    fn ended(&mut self, index: u64, reason: Option<FinishReason>) {
        if let (Some(reason), Some(choice)) = (reason, self.at(index)) {
            choice.reason = Some(reason);
        }
    }

    fn push(&mut self, index: u64, part: impl FnOnce(usize) -> Part) {
        if self.texts == MOST_TEXTS {
            self.is_cut = true;
            return;
        }
        self.texts += 1;
        let part = part(self.most);
        if let Some(choice) = self.at(index) {
            choice.parts.push(part);
        }
    }

    /// The last part that is so.
    fn part_of(&mut self, index: u64, is_it: impl Fn(&Part) -> bool) -> Option<&mut Part> {
        self.at(index)?.parts.iter_mut().rfind(|part| is_it(part))
    }

    /// The answer of this number.
    fn at(&mut self, index: u64) -> Option<&mut Choice> {
        let place = match self.choices.iter().position(|choice| choice.index == index) {
            Some(place) => place,
            None if self.choices.len() == MOST_TEXTS => {
                self.is_cut = true;
                return None;
            }
            None => {
                self.choices.push(Choice { index, reason: None, parts: Vec::new() });
                self.choices.len() - 1
            }
        };
        self.choices.get_mut(place)
    }

    /// All of it, as messages, and whether anything is missing.
    pub(super) fn finish(self) -> (Vec<Value>, bool) {
        let mut is_cut = self.is_cut;
        if !self.whole.is_empty() {
            return (self.whole, is_cut);
        }
        let mut choices = self.choices;
        choices.retain(|choice| choice.reason.is_some() || !choice.parts.is_empty());
        choices.sort_by_key(|choice| choice.index);
        let mut whole = |text: BoundedText| {
            let (text, was_cut) = text.finish(edge);
            is_cut |= was_cut;
            text
        };
        let messages = choices.into_iter().map(|Choice { reason, parts, .. }| {
            let parts = parts.into_iter().map(|part| match part {
                Part::Text(text) => text_part(whole(text)),
                Part::Reasoning(text) => json!({ "type": "reasoning", "content": whole(text) }),
                Part::Call { id, name, arguments, .. } => {
                    let arguments = whole(arguments);
                    let arguments = Some(arguments).filter(|arguments| !arguments.is_empty()).map(Value::String);
                    call(Map::from_iter([
                        ("id".to_owned(), id),
                        ("name".to_owned(), name),
                        ("arguments".to_owned(), arguments.unwrap_or_else(|| json!({}))),
                    ]))
                }
                Part::Whole(part) => part,
            });
            output(json!({ "role": "assistant", "parts": parts.collect::<Vec<_>>() }), reason)
        });
        let messages: Vec<_> = messages.collect();
        (messages, is_cut)
    }
}

fn number(of: &Map<String, Value>, key: &str) -> u64 {
    of.get(key).and_then(Value::as_u64).unwrap_or(0)
}

/// The text of what is one, or has one.
fn text_in(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => ["content", "text"].iter().find_map(|key| value[*key].as_str()).unwrap_or_default().to_owned(),
    }
}
