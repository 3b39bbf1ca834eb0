//! A model of the program's own, as a constant: its name, and what it costs.
//!
//! Everything is checked where the constant is evaluated, which for a `const` is at
//! compile time. The attribute's `price(..)` says the same at one function.

use crate::operation::StatedPrice;

/// The most that a million tokens can cost, in dollars: a dollar a token.
const MOST_DOLLARS: f64 = 1e6;

/// The longest name, in bytes; what is longer has no price and no label of its own.
const LONGEST_NAME: usize = 256;

/// A model that arc-obs does not know, with what it costs.
///
/// Prices are in US dollars per million tokens. Kinds of tokens that have no price of
/// their own are billed as what they are part of: reads from and writes to a cache as
/// input, reasoning as output.
///
/// ```
/// use arc_obs::{Model, Usage, track_llm};
///
/// const MINE: Model = Model::new("my-fine-tune").price(0.2, 0.6).cache_read(0.02);
///
/// #[track_llm(model = MINE, usage = |_| Usage::new(1_000_000, 500_000))]
/// fn ask(prompt: &str) -> String {
///     prompt.to_uppercase()
/// }
/// # let capture = arc_obs::testing::capture();
/// ask("2 + 2?");
/// # assert_eq!(capture.llm_calls()[0].cost.unwrap().to_string(), "$0.50");
/// ```
///
/// What cannot be a price does not compile:
///
/// ```compile_fail
/// const MINE: arc_obs::Model = arc_obs::Model::new("my-fine-tune").price(-0.2, 0.6); // a price is below zero
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    pub(crate) name: &'static str,
    pub(crate) provider: Option<&'static str>,
    pub(crate) price: Option<StatedPrice>,
}

impl Model {
    /// A model of this name: the label `model`. Without a price, that of the built-in
    /// table holds, if there is one, or of prices that the program is given at its start.
    ///
    /// ```
    /// const GPT: arc_obs::Model = arc_obs::Model::new("gpt-4o");
    /// ```
    ///
    /// # Panics
    ///
    /// If the name is empty or has more than 256 bytes; in a `const`, the compiler says so.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        assert!(!name.trim_ascii().is_empty(), "the model's name is empty; write the one that is asked for");
        assert!(name.len() <= LONGEST_NAME, "the model's name has more than 256 bytes");
        Self { name, provider: None, price: None }
    }

    /// What a million input and output tokens cost, in dollars. It wins over the built-in
    /// table; prices that the program is given at its start win over it.
    ///
    /// # Panics
    ///
    /// If a price is below zero, not a number, or more than a dollar a token; in a
    /// `const`, the compiler says so.
    #[must_use]
    pub const fn price(self, input: f64, output: f64) -> Self {
        assert!(self.price.is_none(), "the model has a price already; keep one of them");
        let price = StatedPrice {
            input: nano_dollars(input),
            output: nano_dollars(output),
            cache_read: None,
            cache_write: None,
            cache_write_1h: None,
            reasoning: None,
        };
        Self { price: Some(price), ..self }
    }

    /// What a million input tokens cost that are read from a cache, in dollars.
    ///
    /// # Panics
    ///
    /// If there is no [`price`](Self::price) yet, or this cannot be one.
    #[must_use]
    pub const fn cache_read(self, dollars: f64) -> Self {
        let price = StatedPrice { cache_read: Some(nano_dollars(dollars)), ..self.priced() };
        Self { price: Some(price), ..self }
    }

    /// What a million input tokens cost that are written to a cache, in dollars.
    ///
    /// # Panics
    ///
    /// If there is no [`price`](Self::price) yet, or this cannot be one.
    #[must_use]
    pub const fn cache_write(self, dollars: f64) -> Self {
        let price = StatedPrice { cache_write: Some(nano_dollars(dollars)), ..self.priced() };
        Self { price: Some(price), ..self }
    }

    /// What a million input tokens cost that are written to a cache to be kept for an
    /// hour, in dollars.
    ///
    /// # Panics
    ///
    /// If there is no [`price`](Self::price) yet, or this cannot be one.
    #[must_use]
    pub const fn cache_write_1h(self, dollars: f64) -> Self {
        let price = StatedPrice { cache_write_1h: Some(nano_dollars(dollars)), ..self.priced() };
        Self { price: Some(price), ..self }
    }

    /// What a million output tokens cost that are spent on reasoning, in dollars.
    ///
    /// # Panics
    ///
    /// If there is no [`price`](Self::price) yet, or this cannot be one.
    #[must_use]
    pub const fn reasoning(self, dollars: f64) -> Self {
        let price = StatedPrice { reasoning: Some(nano_dollars(dollars)), ..self.priced() };
        Self { price: Some(price), ..self }
    }

    /// Who sells it, as an OpenTelemetry `gen_ai.provider.name`: a span attribute, and
    /// whose price applies where the model has none of its own.
    ///
    /// ```
    /// const MINE: arc_obs::Model = arc_obs::Model::new("gpt-4o").provider("azure.ai.openai");
    /// ```
    ///
    /// # Panics
    ///
    /// If the name is empty; in a `const`, the compiler says so.
    #[must_use]
    pub const fn provider(self, name: &'static str) -> Self {
        assert!(!name.trim_ascii().is_empty(), "the provider's name is empty; write one, or leave `provider` out");
        Self { provider: Some(name), ..self }
    }

    /// Says to the reader that nobody knows what it costs: its calls are counted in
    /// `arc_llm_unpriced_calls_total`, unless the program is given a price at its start.
    ///
    /// ```
    /// const OURS: arc_obs::Model = arc_obs::Model::new("house-model").unpriced();
    /// ```
    ///
    /// # Panics
    ///
    /// If it has a [`price`](Self::price); in a `const`, the compiler says so.
    #[must_use]
    pub const fn unpriced(self) -> Self {
        assert!(
            self.price.is_none(),
            "`unpriced` says that there is no price, and `price` gives one; keep one of them"
        );
        self
    }

    const fn priced(&self) -> StatedPrice {
        match self.price {
            Some(price) => price,
            None => panic!("say the price of input and output first, as in `.price(0.2, 0.6).cache_read(0.02)`"),
        }
    }
}

/// Dollars to the nearest nano-dollar.
const fn nano_dollars(dollars: f64) -> u64 {
    assert!(!dollars.is_nan(), "a price is not a number; write dollars per million tokens, as in 0.2");
    assert!(dollars >= 0.0, "a price is below zero; write dollars per million tokens, 0 for what is free");
    assert!(
        dollars <= MOST_DOLLARS,
        "a price is more than a dollar a token; write dollars per million tokens, as in 0.2"
    );
    // At most 10^15, where a float still has eighths.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range")]
    let nanos = (dollars * 1e9 + 0.5) as u64;
    nanos
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_become_whole_nano_dollars() {
        for (dollars, nanos) in [
            (0.0, 0),
            (0.07, 70_000_000),
            (0.1 + 0.2, 300_000_000),
            (1e-9, 1),
            (2.5, 2_500_000_000),
            (1e6, 1_000_000_000_000_000),
        ] {
            assert_eq!(nano_dollars(dollars), nanos, "{dollars}");
        }
    }

    #[test]
    fn a_constant_carries_what_it_is_given() {
        const MINE: Model = Model::new("mine")
            .provider("ours")
            .price(1.0, 2.0)
            .cache_read(0.1)
            .cache_write(1.25)
            .cache_write_1h(2.0)
            .reasoning(3.0);
        let rates = MINE.price.unwrap();
        assert_eq!((rates.input, rates.output), (1_000_000_000, 2_000_000_000));
        assert_eq!((rates.cache_read, rates.cache_write), (Some(100_000_000), Some(1_250_000_000)));
        assert_eq!((rates.cache_write_1h, rates.reasoning), (Some(2_000_000_000), Some(3_000_000_000)));
        assert_eq!((MINE.name, MINE.provider), ("mine", Some("ours")));
    }
}
