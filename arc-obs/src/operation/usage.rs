//! Token usage: what a provider says one call consumed.
//!
//! Plain numbers, normalised: input includes what was read from or written to a
//! cache, output includes reasoning (OpenTelemetry GenAI, `gen_ai.usage.*`).
//! Reading them off a response is `llm::probe`'s work, pricing them `llm::price`'s.

/// The tokens of one LLM call, as the provider reports them.
///
/// `input_tokens` is the whole prompt, cached parts included, and
/// `output_tokens` the whole answer, reasoning included, as the OpenTelemetry
/// GenAI conventions define `gen_ai.usage.input_tokens` and
/// `gen_ai.usage.output_tokens`. The other counts are subsets of those two and are
/// never added to them.
///
/// ```
/// use arc_obs::Usage;
///
/// let usage = Usage::new(1_000, 200).cache_read(800).reasoning(150);
/// assert_eq!(usage.total_tokens(), 1_200);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens of the prompt, those read from or written to a cache included.
    pub input_tokens: u64,
    /// Tokens of the answer, reasoning included.
    pub output_tokens: u64,
    /// The part of `input_tokens` that was served from a cache.
    pub cache_read_tokens: u64,
    /// The part of `input_tokens` that was written to a cache.
    pub cache_write_tokens: u64,
    /// The part of `cache_write_tokens` that was written to be kept for an hour,
    /// which Anthropic bills at another price.
    pub cache_write_1h_tokens: u64,
    /// The part of `output_tokens` that the model spent on reasoning.
    pub reasoning_tokens: u64,
}

impl Usage {
    /// The usage of a call with this many input and output tokens.
    ///
    /// ```
    /// let usage = arc_obs::Usage::new(1_000, 200);
    /// assert_eq!((usage.input_tokens, usage.output_tokens), (1_000, 200));
    /// ```
    #[must_use]
    pub const fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens,
            output_tokens,
            cache_read_tokens: 0,
            cache_write_tokens: 0,
            cache_write_1h_tokens: 0,
            reasoning_tokens: 0,
        }
    }

    /// Says how many of the input tokens were served from a cache.
    #[must_use]
    pub const fn cache_read(mut self, tokens: u64) -> Self {
        self.cache_read_tokens = tokens;
        self
    }

    /// Says how many of the input tokens were written to a cache.
    #[must_use]
    pub const fn cache_write(mut self, tokens: u64) -> Self {
        self.cache_write_tokens = tokens;
        self
    }

    /// Says how many of the tokens written to a cache are to be kept for an hour.
    #[must_use]
    pub const fn cache_write_1h(mut self, tokens: u64) -> Self {
        self.cache_write_1h_tokens = tokens;
        self
    }

    /// Says how many of the output tokens were spent on reasoning.
    #[must_use]
    pub const fn reasoning(mut self, tokens: u64) -> Self {
        self.reasoning_tokens = tokens;
        self
    }

    /// Input and output together, saturating at `u64::MAX`.
    #[must_use]
    pub const fn total_tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    /// The larger of each count: of two that are sums so far, the later one.
    pub(crate) fn at_least(&self, other: &Self) -> Self {
        Self {
            input_tokens: self.input_tokens.max(other.input_tokens),
            output_tokens: self.output_tokens.max(other.output_tokens),
            cache_read_tokens: self.cache_read_tokens.max(other.cache_read_tokens),
            cache_write_tokens: self.cache_write_tokens.max(other.cache_write_tokens),
            cache_write_1h_tokens: self.cache_write_1h_tokens.max(other.cache_write_1h_tokens),
            reasoning_tokens: self.reasoning_tokens.max(other.reasoning_tokens),
        }
    }

    /// The larger of each count.
    pub(crate) fn largest(&self, other: &Self) -> Self {
        Self {
            input_tokens: self.input_tokens.max(other.input_tokens),
            output_tokens: self.output_tokens.max(other.output_tokens),
            cache_read_tokens: self.cache_read_tokens.max(other.cache_read_tokens),
            cache_write_tokens: self.cache_write_tokens.max(other.cache_write_tokens),
            cache_write_1h_tokens: self.cache_write_1h_tokens.max(other.cache_write_1h_tokens),
            reasoning_tokens: self.reasoning_tokens.max(other.reasoning_tokens),
        }
    }

    /// Both together, saturating.
    pub(crate) const fn plus(&self, other: &Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cache_read_tokens: self.cache_read_tokens.saturating_add(other.cache_read_tokens),
            cache_write_tokens: self.cache_write_tokens.saturating_add(other.cache_write_tokens),
            cache_write_1h_tokens: self.cache_write_1h_tokens.saturating_add(other.cache_write_1h_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
        }
    }
}
