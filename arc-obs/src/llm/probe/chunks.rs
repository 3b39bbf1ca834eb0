//! What the chunks of one streamed response say together.
//!
//! Providers tell the usage of a stream in one of two ways, and one rule holds for both:
//! of each count the largest is the last. OpenAI, Mistral, Cohere, Ollama and Bedrock say
//! it once, near the end; Anthropic says what went in at the begin and what has come
//! out until now as it goes on; Gemini, and vLLM where it is asked to, say all of it in
//! every chunk. Where the counts are those of the chunk alone, they are summed.

use serde::Serialize;

use super::found::Found;
use super::shape::Place;
use super::{Node, Reading};
use crate::operation::{Usage, UsageFlaws};

/// What was read until now.
#[derive(Default)]
pub(crate) struct Chunks {
    found: Found,
    /// What was said outright, and not found.
    stated: Option<Usage>,
    flaws: UsageFlaws,
    /// What was said last was no usage.
    broken: bool,
    summed: bool,
    /// Whether a span is recorded, which tells more than metrics do.
    is_recorded: bool,
}

/// What one chunk says of where the stream is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Told {
    /// It reports usage.
    pub(crate) usage: bool,
    /// It says why the model stopped, or is there for the usage alone.
    pub(crate) is_last: bool,
    /// It is the error of a `Result` that is `Serialize` as a whole.
    pub(crate) is_error: bool,
}

impl Chunks {
    pub(crate) fn new(summed: bool, is_recorded: bool) -> Self {
        Self { summed, is_recorded, ..Self::default() }
    }

    /// Reads a chunk. The model's name is kept once.
    pub(crate) fn probe<T: Serialize + ?Sized>(&mut self, chunk: &T) -> Told {
        let mut found = Found::default();
        found.knows_model = self.found.names_what_answered();
        if self.is_recorded && !self.found.is_named() {
            found.details = Some(Box::default());
        }
        let _ = chunk.serialize(Node { found: &mut found, place: Place::Chunk });
        let is_error = found.is_error;
        let told = Told { usage: found.reports(), is_last: found.is_last(), is_error };
        if is_error {
            return told;
        }
        self.found.merge(found, self.summed);
        told
    }

    /// A chunk's usage, as somebody says it.
    pub(crate) fn state(&mut self, usage: Option<Usage>) -> Told {
        let Some(usage) = usage else { return Told::default() };
        let admitted = self.flaws.admit(usage);
        self.broken = admitted.is_none() || (self.summed && self.broken);
        if let Some(usage) = admitted {
            self.stated = Some(match self.stated {
                Some(sum) if self.summed => sum.plus(&usage),
                Some(before) => before.at_least(&usage),
                None => usage,
            });
        }
        Told { usage: true, ..Told::default() }
    }

    /// Something was wrong with a chunk.
    pub(crate) fn flawed(&mut self, flaws: UsageFlaws) {
        self.flaws.merge(flaws);
    }

    /// What all of them say.
    pub(crate) fn into_reading(self) -> Reading {
        let mut reading = self.found.into_reading();
        reading.flaws.merge(self.flaws);
        if self.broken {
            reading.usage = None;
        } else if let Some(usage) = self.stated {
            reading.usage = reading.flaws.admit(usage);
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::operation::{FinishReason, UsageFlaw};

    fn read(chunks: &[Value]) -> Reading {
        all(chunks, false)
    }

    fn all(chunks: &[Value], summed: bool) -> Reading {
        let mut sum = Chunks::new(summed, false);
        for chunk in chunks {
            sum.probe(chunk);
        }
        sum.into_reading()
    }

    #[test]
    fn a_count_is_never_less_than_before() {
        let with = |input: u64, output: u64| json!({"usage": {"prompt_tokens": input, "completion_tokens": output}});
        let reading = read(&[with(10, 0), with(10, 5), with(0, 4), json!({"usage": null}), json!({})]);
        assert_eq!(reading.usage, Some(Usage::new(10, 5)));
        assert!(reading.flaws.is_empty());
    }

    #[test]
    fn each_count_is_taken_from_the_chunk_that_has_it() {
        let reading = read(&[
            json!({"type": "message_start", "message": {"model": "claude-sonnet-4-5", "usage":
                {"input_tokens": 5, "cache_read_input_tokens": 90, "output_tokens": 1}}}),
            json!({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "tea"}}),
            json!({"type": "message_delta", "delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 30}}),
        ]);
        assert_eq!(reading.usage, Some(Usage::new(95, 30).cache_read(90)));
        assert_eq!(reading.model.as_deref(), Some("claude-sonnet-4-5"));
        assert_eq!(reading.finish_reason, Some(FinishReason::Length));
    }

    #[test]
    fn increments_are_summed_where_they_are_said_to_be() {
        let chunks = [3, 0, 4].map(|output| json!({"usage": {"prompt_tokens": 1, "completion_tokens": output}}));
        assert_eq!(all(&chunks, true).usage, Some(Usage::new(3, 7)));
        assert_eq!(all(&chunks, false).usage, Some(Usage::new(1, 4)));
        let mut stated = Chunks::new(true, false);
        assert!(stated.state(Some(Usage::new(1, 2))).usage);
        assert!(!stated.state(None).usage);
        stated.state(Some(Usage::new(0, 3)));
        assert_eq!(stated.into_reading().usage, Some(Usage::new(1, 5)));
    }

    #[test]
    fn a_broken_chunk_makes_the_usage_unknown_until_a_sound_one_comes() {
        let with = |input: i64, output: i64| json!({"usage": {"prompt_tokens": input, "completion_tokens": output}});
        let broken = read(&[with(10, 5), with(10, -1)]);
        assert_eq!(broken.usage, None);
        assert!(broken.flaws.contains(UsageFlaw::Negative));
        let mended = read(&[with(10, 5), with(10, -1), with(10, 7)]);
        assert_eq!(mended.usage, Some(Usage::new(10, 7)));
        assert!(mended.flaws.contains(UsageFlaw::Negative), "and it is told all the same");
        assert_eq!(all(&[with(10, -1), with(10, 7)], true).usage, None, "of a sum a part is missing");
        let mut stated = Chunks::default();
        stated.state(Some(Usage::new(u64::MAX, 1)));
        assert_eq!(stated.into_reading().usage, None);
    }

    #[test]
    fn the_last_chunk_is_known() {
        let last = |chunk: Value| Chunks::default().probe(&chunk).is_last;
        assert!(last(json!({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})));
        assert!(last(json!({"choices": [{"delta": {}, "finish_reason": "stop"}]})));
        assert!(last(json!({"messageStop": {"stopReason": "tool_use"}})));
        assert!(!last(json!({"choices": [{"delta": {"content": "tea"}, "finish_reason": null}]})));
        assert!(!last(json!({"choices": [], "prompt_filter_results": []})), "Azure's first");
        assert!(!last(json!({"choices": [{"delta": {}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1}})));
    }

    #[test]
    fn the_model_that_answered_beats_the_one_that_was_asked() {
        let reading = read(&[
            json!({"model_iden": {"model_name": "gpt-4o"}}),
            json!({"model": "gpt-4o-2024-08-06"}),
            json!({"model": "another"}),
        ]);
        assert_eq!(reading.model.as_deref(), Some("gpt-4o-2024-08-06"));
    }
}
