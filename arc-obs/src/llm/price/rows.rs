//! Following the table's [`Span`]s: from a row to the rows it points at.
//!
//! Apart from `shape`, so that the types know nothing of the data. Called by
//! `lookup` and `rate`.

use super::shape::{Model, Price, Provider, Rate, Rule, Span, Tier, Variant};
use super::table;

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

impl Model {
    pub(super) fn rules(&self) -> &'static [Rule] {
        self.rules.rows(&table::RULES)
    }

    pub(super) fn prices(&self) -> &'static [Price] {
        self.prices.rows(&table::PRICES)
    }

    pub(super) fn variants(&self) -> &'static [Variant] {
        self.variants.rows(&table::VARIANTS)
    }
}

impl Variant {
    pub(super) fn rates(&self) -> &'static [Rate] {
        self.rates.rows(&table::RATES)
    }
}

impl Rule {
    /// The rules that `All`, `Any` and `NoneOf` speak of.
    pub(super) fn within(span: Span) -> &'static [Rule] {
        span.rows(&table::RULES)
    }
}

impl Price {
    pub(super) fn rates(&self) -> &'static [Rate] {
        self.rates.rows(&table::RATES)
    }
}

impl Rate {
    pub(super) fn tiers(&self) -> &'static [Tier] {
        self.tiers.rows(&table::TIERS)
    }
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
            assert!(within(model.variants, table::VARIANTS.len()), "{}", model.id);
        }
        for (row, rule) in table::RULES.iter().enumerate() {
            if let Rule::All(span) | Rule::Any(span) | Rule::NoneOf(span) = rule {
                // Only ever backwards, so that no rule can lead to itself.
                assert!(usize::from(span.0) + usize::from(span.1) <= row, "rule {row}");
            }
        }
        assert!(table::PRICES.iter().all(|price| within(price.rates, table::RATES.len())));
        assert!(table::VARIANTS.iter().all(|variant| within(variant.rates, table::RATES.len())));
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
