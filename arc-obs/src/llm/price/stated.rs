//! A price that stands at the attribute: `price(input = 0.2, output = 0.6)`.
//!
//! Plain arithmetic, for one rate a kind of tokens. It has no date, no tier of prompt
//! lengths and no service tier: whoever states a price has said what there is.

use crate::operation::{StatedPrice, Usage, Usd};

/// A rate is the price of this many tokens.
const TOKENS_PER_RATE: u128 = 1_000_000;

/// What these tokens cost by a price that was stated. Each is billed once: at the rate
/// of its own, or as the input and output it is part of.
pub(crate) fn stated_cost(price: &StatedPrice, usage: &Usage) -> Usd {
    let own = |rate: Option<u64>, tokens: u64| rate.map_or((0, 0), |rate| (tokens, rate));
    let kept_long = own(price.cache_write_1h, usage.cache_write_1h_tokens);
    let written = own(price.cache_write, usage.cache_write_tokens.saturating_sub(kept_long.0));
    let read = own(price.cache_read, usage.cache_read_tokens);
    let reasoning = own(price.reasoning, usage.reasoning_tokens);
    let input = [kept_long, written, read].iter().fold(usage.input_tokens, |rest, part| rest.saturating_sub(part.0));
    let output = usage.output_tokens.saturating_sub(reasoning.0);
    let sum = [(input, price.input), (output, price.output), kept_long, written, read, reasoning]
        .iter()
        .fold(0_u128, |sum, (tokens, rate)| sum.saturating_add(u128::from(*tokens) * u128::from(*rate)));
    let nanos = sum.saturating_add(TOKENS_PER_RATE / 2) / TOKENS_PER_RATE;
    Usd::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: StatedPrice = StatedPrice {
        input: 2_000_000_000,
        output: 8_000_000_000,
        cache_read: None,
        cache_write: None,
        cache_write_1h: None,
        reasoning: None,
    };

    #[test]
    fn parts_without_a_rate_are_billed_as_their_whole() {
        let usage = Usage::new(1_000, 100).cache_read(600).cache_write(300).cache_write_1h(200).reasoning(90);
        assert_eq!(stated_cost(&PLAIN, &usage), Usd::from_nanos(2_000_000 + 800_000));
    }

    #[test]
    fn parts_with_a_rate_are_billed_once() {
        let price = StatedPrice {
            cache_read: Some(200_000_000),
            cache_write: Some(2_500_000_000),
            cache_write_1h: Some(4_000_000_000),
            reasoning: Some(1_000_000_000),
            ..PLAIN
        };
        let usage = Usage::new(1_000, 100).cache_read(600).cache_write(300).cache_write_1h(200).reasoning(90);
        // 100 as input, 600 read, 100 written, 200 for an hour; 10 as output, 90 reasoning.
        let nanos = 200_000 + 120_000 + 250_000 + 800_000 + 80_000 + 90_000;
        assert_eq!(stated_cost(&price, &usage), Usd::from_nanos(nanos));
        let long_only = StatedPrice { cache_write: None, cache_read: None, ..price };
        // 800 as input, 200 for an hour.
        assert_eq!(stated_cost(&long_only, &usage), Usd::from_nanos(1_600_000 + 800_000 + 80_000 + 90_000));
    }

    #[test]
    fn it_is_rounded_once_and_saturates() {
        let penny = StatedPrice { input: 1_400_000, output: 1_400_000, ..PLAIN };
        assert_eq!(stated_cost(&penny, &Usage::new(1, 0)), Usd::from_nanos(1));
        assert_eq!(stated_cost(&penny, &Usage::new(1, 1)), Usd::from_nanos(3), "2.8");
        let most = StatedPrice { input: u64::MAX, output: u64::MAX, ..PLAIN };
        assert_eq!(stated_cost(&most, &Usage::new(u64::MAX, u64::MAX)), Usd::from_nanos(u64::MAX));
        assert_eq!(stated_cost(&PLAIN, &Usage::default()), Usd::ZERO);
    }
}
