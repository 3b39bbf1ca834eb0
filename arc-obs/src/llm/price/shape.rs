//! The shape of the price table: the plain types `table.rs` fills in.
//!
//! No look-up and no arithmetic here, those are `lookup` and `rate`. Used by
//! them, and by the generator, which writes these names.
//!
//! The table is a handful of flat arrays whose rows point into each other by
//! [`Span`]. Nested `&'static [..]` would say the same more directly, but every
//! one of those several thousand slices is a constant that rustc evaluates and
//! lays out by itself, and this crate is compiled by everyone who uses it.
//!
//! To price something new (audio, images, requests), add a [`Unit`] and give it
//! a count in `rate`. To price by service tier, add a second span to [`Model`].

use super::table;

/// A run of rows in one of the table's arrays: where it starts, how many.
#[derive(Clone, Copy)]
pub(super) struct Span(pub(super) u16, pub(super) u16);

impl Span {
    /// The rows, of the array that the span was written for.
    ///
    /// A span beyond the end gives no rows: a fault in the table must not
    /// become a panic in the user's program (a test proves there is none).
    fn rows<T>(self, array: &'static [T]) -> &'static [T] {
        let start = usize::from(self.0);
        array.get(start..start + usize::from(self.1)).unwrap_or_default()
    }
}

/// A company, gateway or platform that sells calls to models.
pub(super) struct Provider {
    /// The name genai-prices gives it, in lower case.
    pub(super) id: &'static str,
    /// In [`table::RULES`]: any one that fits makes a name an alias of this id.
    pub(super) aliases: Span,
    /// In [`table::RULES`]: any one that fits a model's name tells that the
    /// provider must be this one, when none was given.
    pub(super) infers: Span,
    /// In [`table::FALLBACKS`]: providers, as rows of [`table::PROVIDERS`],
    /// whose models this one sells at their prices.
    pub(super) fallbacks: Span,
    /// In [`table::MODELS`].
    pub(super) models: Span,
}

impl Provider {
    pub(super) fn aliases(&self) -> &'static [Rule] {
        self.aliases.rows(&table::RULES)
    }

    pub(super) fn infers(&self) -> &'static [Rule] {
        self.infers.rows(&table::RULES)
    }

    pub(super) fn fallbacks(&self) -> impl Iterator<Item = &'static Provider> {
        self.fallbacks.rows(&table::FALLBACKS).iter().filter_map(|&row| table::PROVIDERS.get(usize::from(row)))
    }

    pub(super) fn models(&self) -> &'static [Model] {
        self.models.rows(&table::MODELS)
    }
}

/// A model as one provider sells it.
pub(super) struct Model {
    /// The name genai-prices gives it; the names users write are its rules.
    pub(super) id: &'static str,
    /// In [`table::RULES`]: any one that fits a name makes it this model's.
    pub(super) rules: Span,
    /// In [`table::PRICES`]: the last one in force counts.
    pub(super) prices: Span,
    /// The provider has announced the model's end, or it has come.
    pub(super) deprecated: bool,
}

impl Model {
    pub(super) fn rules(&self) -> &'static [Rule] {
        self.rules.rows(&table::RULES)
    }

    pub(super) fn prices(&self) -> &'static [Price] {
        self.prices.rows(&table::PRICES)
    }
}

/// A test of a name that was folded to lower case; the texts are lower case too.
pub(super) enum Rule {
    Equals(&'static str),
    StartsWith(&'static str),
    EndsWith(&'static str),
    Contains(&'static str),
    /// The whole name, where `#` stands for any one digit.
    Pattern(&'static str),
    /// The beginning of the name, where `#` stands for any one digit.
    PatternStart(&'static str),
    /// Each of these rules fits.
    All(Span),
    /// One of these rules fits, at least.
    Any(Span),
    /// Not one of these rules fits.
    NoneOf(Span),
}

impl Rule {
    /// The rules that `All`, `Any` and `NoneOf` speak of.
    pub(super) fn within(span: Span) -> &'static [Rule] {
        span.rows(&table::RULES)
    }
}

/// What a model costs while something holds.
pub(super) struct Price {
    pub(super) when: When,
    /// In [`table::RATES`]. Empty: the data has a price, but none for tokens.
    pub(super) rates: Span,
}

impl Price {
    pub(super) fn rates(&self) -> &'static [Rate] {
        self.rates.rows(&table::RATES)
    }
}

/// When a [`Price`] is in force.
pub(super) enum When {
    Always,
    /// From this second since the Unix epoch on: midnight UTC of some day.
    Since(i64),
    /// Every day from one second after midnight UTC until before another, past
    /// midnight when the second comes first.
    Daily {
        from: i64,
        until: i64,
    },
}

/// The price of one unit.
pub(super) struct Rate {
    pub(super) of: Unit,
    /// Nano-dollars per million tokens, for a prompt below the first tier.
    pub(super) base: u64,
    /// In [`table::TIERS`], by rising [`Tier::above`].
    pub(super) tiers: Span,
}

impl Rate {
    pub(super) fn tiers(&self) -> &'static [Tier] {
        self.tiers.rows(&table::TIERS)
    }
}

/// What a [`Rate`] is the price of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Input,
    Output,
    CacheRead,
    /// Writing to a cache, for as long as the provider keeps it by default
    /// (Anthropic: five minutes).
    CacheWrite,
    /// Writing to a cache that is kept for an hour.
    CacheWrite1h,
    Reasoning,
}

/// The price of long prompts.
pub(super) struct Tier {
    /// The whole prompt must have more tokens than this.
    pub(super) above: u64,
    /// Nano-dollars per million tokens: for all of them, not only those above.
    pub(super) rate: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(span: Span, rows: usize) -> bool {
        usize::from(span.0) + usize::from(span.1) <= rows
    }

    #[test]
    fn every_span_of_the_table_lies_in_its_array() {
        for provider in &table::PROVIDERS {
            assert!(within(provider.aliases, table::RULES.len()), "{}", provider.id);
            assert!(within(provider.infers, table::RULES.len()), "{}", provider.id);
            assert!(within(provider.fallbacks, table::FALLBACKS.len()), "{}", provider.id);
            assert!(within(provider.models, table::MODELS.len()), "{}", provider.id);
        }
        for row in &table::FALLBACKS {
            assert!(usize::from(*row) < table::PROVIDERS.len());
        }
        for model in &table::MODELS {
            assert!(within(model.rules, table::RULES.len()), "{}", model.id);
            assert!(within(model.prices, table::PRICES.len()), "{}", model.id);
        }
        for (row, rule) in table::RULES.iter().enumerate() {
            if let Rule::All(span) | Rule::Any(span) | Rule::NoneOf(span) = rule {
                // Only ever backwards, so that no rule can lead to itself.
                assert!(usize::from(span.0) + usize::from(span.1) <= row, "rule {row}");
            }
        }
        assert!(table::PRICES.iter().all(|price| within(price.rates, table::RATES.len())));
        for rate in &table::RATES {
            assert!(within(rate.tiers, table::TIERS.len()));
            assert!(rate.tiers().is_sorted_by(|lower, higher| lower.above < higher.above));
        }
    }

    #[test]
    fn each_model_belongs_to_one_provider() {
        let mut next = 0;
        for provider in &table::PROVIDERS {
            assert_eq!(usize::from(provider.models.0), next, "{}", provider.id);
            next += usize::from(provider.models.1);
        }
        assert_eq!(next, table::MODELS.len());
    }
}
