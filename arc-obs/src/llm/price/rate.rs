//! Rates: which price of a model is in force, and what some tokens cost by it.
//!
//! Arithmetic over the table and nothing else: the time comes from the caller.
//! Whole numbers throughout and one rounding at the end, because the same
//! tokens must cost the same whichever way they are added up. Nothing here
//! allocates: the hub comes here at the end of every call.

use std::time::{SystemTime, UNIX_EPOCH};

use super::lookup::Priced;
use super::shape::{Model, Rate, When};
use super::unpriced::Unpriced;
use crate::operation::{Billed, ServiceTier, TokenKind, Usage, Usd, rounded};

const SECONDS_PER_DAY: i64 = 86_400;

/// What each kind of tokens costs in one call: the rates that hold for its time, its
/// service tier and the length of its prompt.
///
/// Flat, since it is filled at the end of every call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rates {
    /// A bit for each kind that has a rate.
    has: u8,
    /// Nano-dollars per million tokens, by kind.
    nanos: [u64; TokenKind::ALL.len()],
    /// Of which prompts a rate is: those of more tokens than this, or all where it is 0.
    prompt_above: [u64; TokenKind::ALL.len()],
}

impl Rates {
    pub(super) fn set(&mut self, kind: TokenKind, nanos: u64) {
        self.has |= 1 << kind as u8;
        self.nanos[kind as usize] = nanos;
    }

    pub(super) const fn has(&self, kind: TokenKind) -> bool {
        self.has & (1 << kind as u8) != 0
    }

    /// How many tokens are charged at which rate: each token once. Cached and
    /// reasoning tokens have their own rate where there is one, and are the input and
    /// output that they are part of otherwise.
    ///
    /// Where a report counts more of them than there was input, they are billed as
    /// reported and the rest of the input as none. A kind of token without any rate
    /// (the output of an embedding model) is not charged, as in genai-prices.
    pub(super) fn bill<'a>(&'a self, usage: &'a Usage) -> impl Iterator<Item = Billed> + 'a {
        TokenKind::ALL.into_iter().filter(|kind| self.has(*kind)).map(|kind| Billed {
            kind,
            tokens: self.tokens(kind, usage),
            rate: self.nanos[kind as usize],
            prompt_above: Some(self.prompt_above[kind as usize]).filter(|above| *above > 0),
        })
    }

    /// All tokens of a kind, less those that another rate is charged on.
    fn tokens(&self, kind: TokenKind, usage: &Usage) -> u64 {
        let own = |part: TokenKind, tokens: u64| if self.has(part) { tokens } else { 0 };
        match kind {
            TokenKind::Input => usage
                .input_tokens
                .saturating_sub(own(TokenKind::CacheRead, usage.cache_read_tokens))
                .saturating_sub(if self.has(TokenKind::CacheWrite) {
                    usage.cache_write_tokens
                } else {
                    own(TokenKind::CacheWrite1h, usage.cache_write_1h_tokens)
                }),
            TokenKind::CacheRead => usage.cache_read_tokens,
            TokenKind::CacheWrite => {
                usage.cache_write_tokens.saturating_sub(own(TokenKind::CacheWrite1h, usage.cache_write_1h_tokens))
            }
            TokenKind::CacheWrite1h => usage.cache_write_1h_tokens,
            TokenKind::Output => usage.output_tokens.saturating_sub(own(TokenKind::Reasoning, usage.reasoning_tokens)),
            TokenKind::Reasoning => usage.reasoning_tokens,
        }
    }

    /// What the tokens cost in all.
    pub(super) fn total(&self, usage: &Usage) -> Usd {
        rounded(self.bill(usage).fold(0, |sum: u128, billed| sum.saturating_add(billed.exact())))
    }
}

impl Priced {
    /// The rates that hold at a time, in seconds since 1970, for calls of a service tier and prompts of this
    /// many tokens, and the tier if it has a price of its own; an error for a model
    /// that has no price for tokens.
    pub(super) fn rates(
        self,
        prompt: u64,
        tier: Option<ServiceTier>,
        at: i64,
    ) -> Result<(Rates, Option<ServiceTier>), Unpriced> {
        let mut rates = Rates::default();
        let applied = tier.filter(|tier| self.own && self.add_variants(&mut rates, prompt, *tier, at));
        rates.add(in_force(self.model, at), prompt);
        // The first price that is found for a kind stays.
        if rates.has == 0 { Err(Unpriced::NoTokenPrice) } else { Ok((rates, applied)) }
    }

    /// Whether the tier has a price of its own.
    #[inline(never)]
    fn add_variants(self, rates: &mut Rates, prompt: u64, tier: ServiceTier, at: i64) -> bool {
        let mut any = false;
        for variant in self.model.variants().iter().filter(|variant| variant.tier == tier && variant.when.holds(at)) {
            rates.add(variant.rates(), prompt);
            any = true;
        }
        any
    }
}

impl Rates {
    /// Adds those of kinds that have none yet, for a prompt of this many tokens, cached
    /// ones included.
    fn add(&mut self, rates: &[Rate], prompt: u64) {
        for rate in rates {
            if self.has(rate.of) {
                continue;
            }
            let tier = rate.tiers().iter().rev().find(|tier| prompt > tier.above);
            self.set(rate.of, tier.map_or(rate.base, |tier| tier.rate));
            self.prompt_above[rate.of as usize] = tier.map_or(0, |tier| tier.above);
        }
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

/// Whole seconds since 1970, rounded down also before it.
pub(super) fn unix_seconds(at: SystemTime) -> i64 {
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
