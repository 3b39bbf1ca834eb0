//! The trait of responses that say themselves what they used.

use std::sync::Arc;

use crate::operation::Usage;

/// A response that reports its own token usage.
///
/// Types that implement `serde::Serialize` need not implement this: their usage
/// is read off their fields. Implement it for a type of your own that is not
/// serializable, or that keeps its numbers in a shape of its own.
///
/// ```
/// use arc_obs::{LlmResponse, Usage, track_llm};
///
/// struct Answer {
///     text: String,
///     prompt: u32,
///     generated: u32,
/// }
///
/// impl LlmResponse for Answer {
///     fn usage(&self) -> Option<Usage> {
///         Some(Usage::new(self.prompt.into(), self.generated.into()))
///     }
/// }
///
/// #[track_llm(model = "gpt-4o")]
/// fn ask(question: &str) -> Answer {
///     Answer { text: question.to_uppercase(), prompt: 12, generated: 3 }
/// }
///
/// assert_eq!(ask("hm?").text, "HM?");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report the token usage of the LLM call",
    label = "`#[track_llm]` cannot read tokens out of this return type",
    note = "keep the return type, and record the response in the body: `#[track_llm(model = \"…\", usage = recorded)]` with `arc_obs::record_usage(&response)`",
    note = "or return the client's response itself (any `Serialize` type with a `usage` field is read)",
    note = "or say where the numbers are: `#[track_llm(model = \"…\", usage = |r| arc_obs::Usage::new(..))]`",
    note = "or count calls without tokens and cost: `#[track_llm(model = \"…\", usage = none)]`",
    note = "or implement `arc_obs::LlmResponse` for a type of your own"
)]
pub trait LlmResponse {
    /// The tokens that the call used, or `None` if this response does not say.
    fn usage(&self) -> Option<Usage>;
}

impl<T: LlmResponse + ?Sized> LlmResponse for &T {
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }
}

impl<T: LlmResponse + ?Sized> LlmResponse for &mut T {
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }
}

impl<T: LlmResponse + ?Sized> LlmResponse for Box<T> {
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }
}

impl<T: LlmResponse + ?Sized> LlmResponse for Arc<T> {
    fn usage(&self) -> Option<Usage> {
        (**self).usage()
    }
}

impl LlmResponse for Usage {
    fn usage(&self) -> Option<Usage> {
        Some(*self)
    }
}
