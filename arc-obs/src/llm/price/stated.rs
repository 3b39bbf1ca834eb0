//! A price that stands at the attribute: `price(input = 0.2, output = 0.6)`.
//!
//! One rate a kind of tokens. It has no date, no tier of prompt lengths and no service
//! tier: whoever states a price has said what there is.

use super::rate::Rates;
use crate::operation::{StatedPrice, TokenKind};

impl Rates {
    /// As the attribute says it: tokens of a kind without a rate of its own are billed as
    /// the input or output that they are part of.
    pub(super) fn stated(price: &StatedPrice) -> Self {
        let mut rates = Self::default();
        for (kind, rate) in [
            (TokenKind::Input, Some(price.input)),
            (TokenKind::Output, Some(price.output)),
            (TokenKind::CacheRead, price.cache_read),
            (TokenKind::CacheWrite, price.cache_write),
            (TokenKind::CacheWrite1h, price.cache_write_1h),
            (TokenKind::Reasoning, price.reasoning),
        ] {
            if let Some(rate) = rate {
                rates.set(kind, rate);
            }
        }
        rates
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Usage, Usd};

    fn total(price: &StatedPrice, usage: &Usage) -> Usd {
        Rates::stated(price).total(usage)
    }

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
        assert_eq!(total(&PLAIN, &usage), Usd::from_nanos(2_000_000 + 800_000));
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
        assert_eq!(total(&price, &usage), Usd::from_nanos(nanos));
        let long_only = StatedPrice { cache_write: None, cache_read: None, ..price };
        // 800 as input, 200 for an hour.
        assert_eq!(total(&long_only, &usage), Usd::from_nanos(1_600_000 + 800_000 + 80_000 + 90_000));
    }

    #[test]
    fn it_is_rounded_once_and_saturates() {
        let penny = StatedPrice { input: 1_400_000, output: 1_400_000, ..PLAIN };
        assert_eq!(total(&penny, &Usage::new(1, 0)), Usd::from_nanos(1));
        assert_eq!(total(&penny, &Usage::new(1, 1)), Usd::from_nanos(3), "2.8");
        let most = StatedPrice { input: u64::MAX, output: u64::MAX, ..PLAIN };
        assert_eq!(total(&most, &Usage::new(u64::MAX, u64::MAX)), Usd::from_nanos(u64::MAX));
        assert_eq!(total(&PLAIN, &Usage::default()), Usd::ZERO);
    }
}
