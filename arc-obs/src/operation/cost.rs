//! What one call cost, line by line: which tokens, how many, at which rate.
//!
//! Plain facts and the one rounding. Which rates hold is `llm::price`'s to say; the
//! hub, which needs the total only, does not come here.

use std::borrow::Cow;
use std::fmt;

use super::{ServiceTier, Usd};

/// A rate is the price of this many tokens.
pub(crate) const TOKENS_PER_RATE: u128 = 1_000_000;

/// The kinds of tokens that have prices of their own.
///
/// ```
/// use arc_obs::TokenKind;
///
/// assert_eq!(TokenKind::CacheRead.as_str(), "cache_read");
/// assert_eq!(TokenKind::Input.to_string(), "input");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum TokenKind {
    /// The prompt, without what is billed as another kind.
    Input,
    /// Read from a cache.
    CacheRead,
    /// Written to a cache, for as long as the provider keeps it by default
    /// (Anthropic: five minutes).
    CacheWrite,
    /// Written to a cache that is kept for an hour.
    CacheWrite1h,
    /// The answer, without what is billed as another kind.
    Output,
    /// Spent on reasoning, where that has a price of its own.
    Reasoning,
}

impl TokenKind {
    /// Every kind, in the order of the variants.
    ///
    /// ```
    /// let words = arc_obs::TokenKind::ALL.map(|kind| kind.as_str()).join(" ");
    /// assert_eq!(words, "input cache_read cache_write cache_write_1h output reasoning");
    /// ```
    pub const ALL: [Self; 6] =
        [Self::Input, Self::CacheRead, Self::CacheWrite, Self::CacheWrite1h, Self::Output, Self::Reasoning];

    /// The word for it, as price files write it.
    ///
    /// ```
    /// assert_eq!(arc_obs::TokenKind::CacheWrite1h.as_str(), "cache_write_1h");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::CacheRead => "cache_read",
            Self::CacheWrite => "cache_write",
            Self::CacheWrite1h => "cache_write_1h",
            Self::Output => "output",
            Self::Reasoning => "reasoning",
        }
    }
}

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One line of a [`Cost`]: tokens of one kind, and what they cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CostLine {
    /// Which tokens.
    pub kind: TokenKind,
    /// How many were billed as this kind.
    pub tokens: u64,
    /// The price of a million of them.
    pub rate: Usd,
    /// The line's share of the total: to the nano-dollar what they cost.
    pub amount: Usd,
    /// Where the rate is one of long prompts: it holds for those of more tokens
    /// than this.
    pub prompt_above: Option<u64>,
}

/// As `1000 input tokens at $2.50 a million: $0.0025`.
///
/// ```
/// use arc_obs::{PriceTable, Usage};
///
/// let cost = PriceTable::bundled().cost("gpt-4o", &Usage::new(1_000, 0))?;
/// assert_eq!(cost.lines()[0].to_string(), "1000 input tokens at $2.50 a million: $0.0025");
/// # Ok::<(), arc_obs::Unpriced>(())
/// ```
impl fmt::Display for CostLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, tokens, rate, amount, prompt_above } = self;
        write!(f, "{tokens} {kind} tokens at {rate} a million")?;
        if let Some(above) = prompt_above {
            write!(f, " (prompt above {above} tokens)")?;
        }
        write!(f, ": {amount}")
    }
}

/// Tokens of one kind that are to be billed, before anything is rounded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Billed {
    pub(crate) kind: TokenKind,
    pub(crate) tokens: u64,
    /// Nano-dollars per million tokens.
    pub(crate) rate: u64,
    pub(crate) prompt_above: Option<u64>,
}

impl Billed {
    /// In millionths of a nano-dollar: exact.
    pub(crate) fn exact(&self) -> u128 {
        // At most (2^64 - 1)^2, which fits.
        u128::from(self.tokens) * u128::from(self.rate)
    }
}

/// Millionths of nano-dollars as an amount: half a nano-dollar goes up, and what is
/// more than a [`Usd`] holds is the largest.
pub(crate) fn rounded(exact: u128) -> Usd {
    let raised = exact.saturating_add(TOKENS_PER_RATE / 2);
    // Nearly every call's sum has 64 bits, and those divide in a fraction of the time.
    if let Ok(raised) = u64::try_from(raised) {
        return Usd::from_nanos(raised / TOKENS_PER_RATE as u64);
    }
    Usd::from_nanos(u64::try_from(raised / TOKENS_PER_RATE).unwrap_or(u64::MAX))
}

/// Who sells the model at this price, and under which name the price stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PricedAs {
    pub(crate) provider: Option<Cow<'static, str>>,
    pub(crate) model: Cow<'static, str>,
    pub(crate) service_tier: Option<ServiceTier>,
}

/// What one call cost, and how that comes about.
///
/// The exact sum is rounded once, to the nano-dollar; each line has what the sum
/// grows by with it, so the lines add up to the total exactly.
///
/// ```
/// use arc_obs::{PriceTable, TokenKind, Usage, Usd};
///
/// let usage = Usage::new(10_000, 500).cache_read(8_000);
/// let cost = PriceTable::bundled().cost("gpt-4o", &usage)?;
/// assert_eq!(cost.total().to_string(), "$0.02");
///
/// let cached = cost.lines()[1];
/// assert_eq!((cached.kind, cached.tokens), (TokenKind::CacheRead, 8_000));
/// assert_eq!((cached.rate.to_string(), cached.amount.to_string()), ("$1.25".into(), "$0.01".into()));
///
/// let sum = cost.lines().iter().fold(Usd::ZERO, |sum, line| sum.saturating_add(line.amount));
/// assert_eq!(sum, cost.total());
/// # Ok::<(), arc_obs::Unpriced>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Cost {
    total: Usd,
    lines: [CostLine; TokenKind::ALL.len()],
    /// How many of the lines are.
    filled: usize,
    priced_as: PricedAs,
}

impl Cost {
    /// Adds up what is billed, kind by kind; what is billed on no tokens has no line.
    pub(crate) fn new(billed: impl Iterator<Item = Billed>, priced_as: PricedAs) -> Self {
        let mut lines = TokenKind::ALL.map(|kind| CostLine {
            kind,
            tokens: 0,
            rate: Usd::ZERO,
            amount: Usd::ZERO,
            prompt_above: None,
        });
        let (mut filled, mut exact, mut total) = (0, 0_u128, Usd::ZERO);
        for (billed, line) in billed.filter(|billed| billed.tokens > 0).zip(&mut lines) {
            exact = exact.saturating_add(billed.exact());
            let sum = rounded(exact);
            let Billed { kind, tokens, rate, prompt_above } = billed;
            // Sums only grow, and so do rounded ones.
            let amount = Usd::from_nanos(sum.as_nanos() - total.as_nanos());
            *line = CostLine { kind, tokens, rate: Usd::from_nanos(rate), amount, prompt_above };
            (filled, total) = (filled + 1, sum);
        }
        Self { total, lines, filled, priced_as }
    }

    /// What the call cost in all.
    ///
    /// ```
    /// let cost = arc_obs::PriceTable::bundled().cost("gpt-4o", &arc_obs::Usage::new(1_000_000, 0))?;
    /// assert_eq!(cost.total().to_string(), "$2.50");
    /// # Ok::<(), arc_obs::Unpriced>(())
    /// ```
    #[must_use]
    pub const fn total(&self) -> Usd {
        self.total
    }

    /// One line for each kind of tokens that was billed, in the order of
    /// [`TokenKind::ALL`]. A kind that has no price (the output of an embedding model)
    /// costs nothing and has no line.
    #[must_use]
    pub fn lines(&self) -> &[CostLine] {
        self.lines.get(..self.filled).unwrap_or_default()
    }

    /// The provider whose price it is, by the table's name for it (`openai`); `None`
    /// for a price of your own that names none.
    ///
    /// It may be another than the one that was called: Azure sells models at
    /// OpenAI's prices.
    #[must_use]
    pub fn provider(&self) -> Option<&str> {
        self.priced_as.provider.as_deref()
    }

    /// The name under which the price stands in the table, which may be another than
    /// the one that was asked for: `gpt-4o-2024-11-20` has the price of `gpt-4o`.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.priced_as.model
    }

    /// The service tier whose price was applied (`flex`, `priority`, `fast`, `batch`);
    /// `None` for the standard rate.
    #[must_use]
    pub fn service_tier(&self) -> Option<&'static str> {
        self.priced_as.service_tier.map(ServiceTier::as_str)
    }
}

/// The total, as [`Usd`] writes it.
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.total.fmt(f)
    }
}

impl fmt::Debug for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cost")
            .field("total", &self.total)
            .field("lines", &self.lines())
            .field("provider", &self.provider())
            .field("model", &self.model())
            .field("service_tier", &self.service_tier())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(billed: &[(TokenKind, u64, u64)]) -> Cost {
        let billed = billed.iter().map(|&(kind, tokens, rate)| Billed { kind, tokens, rate, prompt_above: None });
        Cost::new(billed, PricedAs { provider: None, model: "m".into(), service_tier: None })
    }

    fn amounts(cost: &Cost) -> Vec<u64> {
        cost.lines().iter().map(|line| line.amount.as_nanos()).collect()
    }

    #[test]
    fn the_sum_is_rounded_once_and_the_lines_share_it() {
        // A third of a nano-dollar each: by itself each line would be nothing.
        let third = 333_333;
        let thirds =
            cost(&[(TokenKind::Input, 1, third), (TokenKind::CacheRead, 1, third), (TokenKind::Output, 1, third)]);
        assert_eq!((thirds.total().as_nanos(), amounts(&thirds)), (1, vec![0, 1, 0]));
        // Half a nano-dollar each: by itself each line would be a whole one.
        let halves = cost(&[(TokenKind::Input, 1, 500_000), (TokenKind::Output, 1, 500_000)]);
        assert_eq!((halves.total().as_nanos(), amounts(&halves)), (1, vec![1, 0]));
    }

    #[test]
    fn the_lines_of_the_largest_sums_add_up_too() {
        let most = u64::MAX;
        let cost = cost(&TokenKind::ALL.map(|kind| (kind, most, most)));
        assert_eq!((cost.total().as_nanos(), cost.lines().len()), (most, 6));
        assert_eq!(amounts(&cost), [most, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn nothing_billed_has_no_lines() {
        let cost = cost(&[(TokenKind::Input, 0, 5)]);
        assert_eq!((cost.total(), cost.lines().len()), (Usd::ZERO, 0));
        assert_eq!(format!("{cost:.3}"), "$0.000");
    }
}
