//! Why a model stopped: a small closed set for the words of all providers.

/// Why the model ended its answer, as the response says it.
///
/// Providers have words of their own for the same few reasons (capitals and underscores
/// make no difference):
///
/// | reason | words |
/// |---|---|
/// | [`Stop`](Self::Stop) | `stop`, `end_turn`, `stop_sequence`, `COMPLETE`, `completed`, `eos`, `eos_token` |
/// | [`Length`](Self::Length) | `length`, `max_tokens`, `max_output_tokens`, `model_length`, `model_context_window_exceeded` |
/// | [`ToolCalls`](Self::ToolCalls) | `tool_calls`, `tool_call`, `tool_use`, `function_call` |
/// | [`ContentFilter`](Self::ContentFilter) | `content_filter`, `content_filtered`, `refusal`, `guardrail_intervened`, `sensitive`, and Gemini's `SAFETY`, `RECITATION`, `BLOCKLIST`, `PROHIBITED_CONTENT`, `SPII`, `IMAGE_SAFETY` |
/// | [`Other`](Self::Other) | any other word |
///
/// ```
/// use arc_obs::testing::{FinishReason, capture};
/// use serde_json::{Value, json};
///
/// #[arc_obs::track_llm(model = "gpt-4o")]
/// fn ask() -> Value {
///     json!({ "choices": [{ "finish_reason": "length" }], "usage": { "prompt_tokens": 9, "completion_tokens": 1 } })
/// }
///
/// let capture = capture();
/// ask();
/// assert_eq!(capture.operations()[0].finish_reason, Some(FinishReason::Length));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FinishReason {
    /// It had said all, or came to a word at which it was told to stop.
    Stop,
    /// The answer was cut: it, or all together, reached the largest length.
    Length,
    /// It wants a tool to be called.
    ToolCalls,
    /// The provider held something of it back, or the model refused.
    ContentFilter,
    /// Anything else that the provider says.
    Other,
}

impl FinishReason {
    /// The word for it: `stop`, `length`, `tool_calls`, `content_filter` or `other`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Length => "length",
            Self::ToolCalls => "tool_calls",
            Self::ContentFilter => "content_filter",
            Self::Other => "other",
        }
    }

    /// What a provider's word means; `None` for one that says nothing.
    pub(crate) fn named(word: &str) -> Option<Self> {
        const WORDS: [(FinishReason, &[&str]); 5] = [
            (FinishReason::Stop, &["stop", "endturn", "stopsequence", "complete", "completed", "eos", "eostoken"]),
            (
                FinishReason::Length,
                &["length", "maxtokens", "maxoutputtokens", "modellength", "modelcontextwindowexceeded"],
            ),
            (FinishReason::ToolCalls, &["toolcalls", "toolcall", "tooluse", "functioncall"]),
            (
                FinishReason::ContentFilter,
                &[
                    "contentfilter",
                    "contentfiltered",
                    "refusal",
                    "guardrailintervened",
                    "sensitive",
                    "safety",
                    "recitation",
                    "blocklist",
                    "prohibitedcontent",
                    "spii",
                    "imagesafety",
                ],
            ),
            // Gemini's for a chunk that ends nothing.
            (FinishReason::Other, &["finishreasonunspecified", ""]),
        ];
        match WORDS.iter().find(|(_, words)| words.iter().any(|known| is_spelt(word, known))) {
            Some((Self::Other, _)) => None,
            Some((reason, _)) => Some(*reason),
            None => Some(Self::Other),
        }
    }
}

/// Whether a word is this one, but for capitals and what joins its parts.
fn is_spelt(word: &str, known: &str) -> bool {
    let letters = word.bytes().filter(|byte| !matches!(byte, b'_' | b'-' | b' '));
    letters.map(|byte| byte.to_ascii_lowercase()).eq(known.bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_all_providers_mean_one_of_five() {
        for (word, reason) in [
            ("stop", Some(FinishReason::Stop)),
            ("STOP", Some(FinishReason::Stop)),
            ("end_turn", Some(FinishReason::Stop)),
            ("COMPLETE", Some(FinishReason::Stop)),
            ("MAX_TOKENS", Some(FinishReason::Length)),
            ("max_output_tokens", Some(FinishReason::Length)),
            ("tool_use", Some(FinishReason::ToolCalls)),
            ("ToolCalls", Some(FinishReason::ToolCalls)),
            ("TOOL_CALL", Some(FinishReason::ToolCalls)),
            ("content-filter", Some(FinishReason::ContentFilter)),
            ("SAFETY", Some(FinishReason::ContentFilter)),
            ("MALFORMED_FUNCTION_CALL", Some(FinishReason::Other)),
            ("pause_turn", Some(FinishReason::Other)),
            ("stopped", Some(FinishReason::Other)),
            ("FINISH_REASON_UNSPECIFIED", None),
            ("", None),
        ] {
            assert_eq!(FinishReason::named(word), reason, "{word}");
        }
    }

    #[test]
    fn each_reason_is_a_word_of_its_own() {
        for reason in [
            FinishReason::Stop,
            FinishReason::Length,
            FinishReason::ToolCalls,
            FinishReason::ContentFilter,
            FinishReason::Other,
        ] {
            assert_eq!(FinishReason::named(reason.as_str()), Some(reason));
        }
    }
}
