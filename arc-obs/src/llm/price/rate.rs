//! Rates: which price of a model is in force, and what some tokens cost by it.
//!
//! Arithmetic over the table and nothing else: the time comes from the caller.
//! Whole numbers throughout and one rounding at the end, because the same
//! tokens must cost the same whichever way they are added up. The hub calls
//! this through [`Priced`].

use std::time::{SystemTime, UNIX_EPOCH};

use super::lookup::{Priced, Unpriced};
use super::shape::{Model, Rate, Unit, When};
use crate::operation::{Cost, Usage};

const SECONDS_PER_DAY: i64 = 86_400;
/// A rate is the price of this many tokens.
const TOKENS_PER_RATE: u128 = 1_000_000;

impl Priced {
    /// What these tokens cost at that time.
    ///
    /// Cached and reasoning tokens are billed once: at their own price when the
    /// model has one, else as the input and output they are part of. Where a
    /// report counts more of them than there was input, they are billed as
    /// reported and the rest of the input as none. A kind of token without any
    /// price (the output of an embedding model) costs nothing, as in
    /// genai-prices; a model without any price for tokens is an error.
    pub(crate) fn cost(self, usage: &Usage, at: SystemTime) -> Result<Cost, Unpriced> {
        let rates = in_force(self.model, unix_seconds(at));
        if rates.is_empty() {
            return Err(Unpriced::NoTokenPrice);
        }
        let sum = rates.iter().fold(0_u128, |sum, rate| {
            let tokens = billed(rate.of, usage, rates);
            sum.saturating_add(u128::from(tokens) * u128::from(rate.at(usage.input_tokens)))
        });
        let nanos = sum.saturating_add(TOKENS_PER_RATE / 2) / TOKENS_PER_RATE;
        Ok(Cost::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }
}

/// The rates of the last price that holds at a time, in seconds since 1970.
fn in_force(model: &Model, at: i64) -> &'static [Rate] {
    let prices = model.prices();
    // One entry has no condition. Were it missing, the first would stand in.
    let price = prices.iter().rev().find(|price| price.when.holds(at)).or_else(|| prices.first());
    price.map_or(&[], |price| price.rates())
}

impl When {
    fn holds(&self, at: i64) -> bool {
        match *self {
            When::Always => true,
            When::Since(start) => at >= start,
            When::Daily { from, until } => {
                let second = at.rem_euclid(SECONDS_PER_DAY);
                if until < from { second >= from || second < until } else { second >= from && second < until }
            }
        }
    }
}

impl Rate {
    /// The rate for a prompt of this many tokens, cached ones included.
    fn at(&self, prompt: u64) -> u64 {
        self.tiers().iter().rev().find(|tier| prompt > tier.above).map_or(self.base, |tier| tier.rate)
    }
}

/// How many tokens the rate of a unit is charged on: all of them, less those
/// that another of the model's rates is charged on.
fn billed(unit: Unit, usage: &Usage, rates: &[Rate]) -> u64 {
    let own = |part: Unit, tokens: u64| {
        if rates.iter().any(|rate| rate.of == part) { tokens } else { 0 }
    };
    match unit {
        Unit::Input => usage
            .input_tokens
            .saturating_sub(own(Unit::CacheRead, usage.cache_read_tokens))
            .saturating_sub(own(Unit::CacheWrite, usage.cache_write_tokens)),
        Unit::Output => usage.output_tokens.saturating_sub(own(Unit::Reasoning, usage.reasoning_tokens)),
        Unit::CacheRead => usage.cache_read_tokens,
        Unit::CacheWrite => {
            usage.cache_write_tokens.saturating_sub(own(Unit::CacheWrite1h, usage.cache_write_1h_tokens))
        }
        Unit::Reasoning => usage.reasoning_tokens,
        Unit::CacheWrite1h => usage.cache_write_1h_tokens,
    }
}

/// Whole seconds since 1970, rounded down also before it.
fn unix_seconds(at: SystemTime) -> i64 {
    let seconds = |seconds: u64| i64::try_from(seconds).unwrap_or(i64::MAX);
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => seconds(since.as_secs()),
        Err(error) => {
            let before = error.duration();
            -seconds(before.as_secs().saturating_add(u64::from(before.subsec_nanos() > 0)))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_daily_window_excludes_its_end_and_may_pass_midnight() {
        let day = When::Daily { from: 3_600, until: 7_200 };
        assert!(!day.holds(3_599) && day.holds(3_600) && day.holds(7_199) && !day.holds(7_200));
        assert!(day.holds(10 * SECONDS_PER_DAY + 5_000) && day.holds(5_000 - SECONDS_PER_DAY));

        let night = When::Daily { from: 82_800, until: 3_600 };
        assert!(night.holds(82_800) && night.holds(0) && !night.holds(3_600) && !night.holds(82_799));

        assert!(!When::Daily { from: 60, until: 60 }.holds(60));
    }

    #[test]
    fn a_date_holds_from_its_first_second_on() {
        let date = When::Since(1_000);
        assert!(!date.holds(999) && date.holds(1_000) && date.holds(i64::MAX));
    }

    #[test]
    fn seconds_are_rounded_down_on_both_sides_of_1970() {
        assert_eq!(unix_seconds(UNIX_EPOCH + Duration::from_millis(1_500)), 1);
        assert_eq!(unix_seconds(UNIX_EPOCH - Duration::from_millis(1_500)), -2);
        assert_eq!(unix_seconds(UNIX_EPOCH - Duration::from_secs(1)), -1);
    }
}
