//! Prices of the user's own: for models that the table lacks, and for terms that
//! others do not have.
//!
//! Checked when they come in, so that looking one up cannot fail. They are whole
//! numbers like the table's; how code and files write them is `given`'s and `file`'s
//! to know, which of them are in force in the process `current`'s.

#[cfg(feature = "prices-file")]
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use super::lookup;
use super::rate::Rates;
use crate::operation::{PricedAs, ServiceTier, TokenKind};

/// No model has a longer name, in bytes.
pub(super) const LONGEST_NAME: usize = 256;

/// Ends the name of a price that is for all models whose names begin so.
const REST: char = '*';

/// One price, checked.
#[derive(Debug)]
pub(super) struct OwnPrice {
    key: Key,
    pub(super) terms: Terms,
    pub(super) rates: Rates,
}

/// Of which calls to a model a price is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Terms {
    /// `None` for those of every tier that has no price of its own.
    pub(super) tier: Option<ServiceTier>,
    /// Seconds since 1970; `None` for a price that always held.
    pub(super) since: Option<i64>,
}

/// The service tier of this name, or what to write instead.
pub(super) fn tier(name: &str) -> Result<ServiceTier, String> {
    ServiceTier::named(name).ok_or_else(|| {
        let name: String = name.chars().take(60).collect();
        format!(
            "`service_tier` is \"{}\"; those that have prices of their own are flex, priority, fast and batch",
            name.escape_debug()
        )
    })
}

/// Which calls a price is for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    /// As the table calls it, where it has it; in lower case.
    provider: Option<Box<str>>,
    /// In lower case, without the `*`.
    name: Box<str>,
    /// Whether the name is only the beginning of those meant.
    prefix: bool,
}

impl OwnPrice {
    /// A price that has no rates yet.
    pub(super) fn new(model: &str, provider: Option<&str>) -> Result<Self, String> {
        let name = checked_name("the model's name", model)?;
        let provider = match provider {
            Some(provider) => Some(lookup::canonical(checked_name("the provider's name", provider)?).into()),
            None => None,
        };
        let (name, prefix) = name.strip_suffix(REST).map_or((name, false), |name| (name, true));
        if name.contains(REST) {
            return Err("`*` stands for the rest of a name and can only be its end, as in `my-model*`".to_owned());
        }
        if name.is_empty() && provider.is_none() {
            return Err("`*` alone would be the price of every model there is; name a provider, too, or write the \
                        beginning of the models' names, as in `my-model*`"
                .to_owned());
        }
        let key = Key { provider, name: name.to_lowercase().into(), prefix };
        Ok(Self { key, terms: Terms::default(), rates: Rates::default() })
    }

    /// The price, if nothing is missing.
    pub(super) fn complete(self) -> Result<Self, String> {
        for kind in [TokenKind::Input, TokenKind::Output] {
            if !self.rates.has(kind) {
                return Err(format!("`{kind}` is missing; where nothing is billed for it, write 0"));
            }
        }
        if self.rates.has(TokenKind::CacheWrite1h) && !self.rates.has(TokenKind::CacheWrite) {
            return Err("`cache_write_1h` needs `cache_write`, the price of what is kept for less long".to_owned());
        }
        Ok(self)
    }
}

fn checked_name<'a>(what: &str, name: &'a str) -> Result<&'a str, String> {
    let name = name.trim();
    if name.is_empty() {
        return Err(format!("{what} is empty"));
    }
    if name.len() > LONGEST_NAME {
        return Err(format!("{what} has more than {LONGEST_NAME} bytes"));
    }
    if name.chars().any(char::is_control) {
        return Err(format!("{what} has a line break or another control character in it"));
    }
    Ok(name)
}

/// All prices for one key.
#[derive(Clone)]
pub(super) struct OwnModel {
    key: Key,
    prices: Prices,
}

/// By their terms. Nearly every model has one price or a few, which a list keeps in
/// little space; but a file may have a hundred thousand dates of one model, in any order.
#[derive(Clone)]
enum Prices {
    /// At most [`FEW`], in the order of the terms.
    Few(Vec<(Terms, Rates)>),
    Many(BTreeMap<Terms, Rates>),
}

const FEW: usize = 8;

impl Prices {
    fn new() -> Self {
        Self::Few(Vec::with_capacity(1))
    }

    /// Hands back whether there was one for these terms.
    fn put(&mut self, terms: Terms, rates: Rates) -> bool {
        match self {
            Self::Many(prices) => prices.insert(terms, rates).is_some(),
            Self::Few(prices) => {
                match prices.binary_search_by_key(&terms, |(terms, _)| *terms) {
                    Ok(place) => {
                        prices[place].1 = rates;
                        return true;
                    }
                    Err(place) => prices.insert(place, (terms, rates)),
                }
                if prices.len() > FEW {
                    *self = Self::Many(prices.drain(..).collect());
                }
                false
            }
        }
    }

    /// The one of this very tier, or of none, that holds at a time.
    fn at(&self, tier: Option<ServiceTier>, at: i64) -> Option<&Rates> {
        // What holds from the start is before every date.
        let last = Terms { tier, since: Some(at) };
        let found = match self {
            Self::Few(prices) => {
                prices.iter().rev().find(|(terms, _)| *terms <= last).map(|(terms, rates)| (terms, rates))
            }
            Self::Many(prices) => prices.range(..=last).next_back(),
        };
        found.filter(|(terms, _)| terms.tier == tier).map(|(_, rates)| rates)
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(prices) => prices.len(),
            Self::Many(prices) => prices.len(),
        }
    }

    #[cfg(feature = "prices-file")]
    fn put_all(&mut self, others: &Self) {
        let mut put = |(terms, rates): (&Terms, &Rates)| _ = self.put(*terms, *rates);
        match others {
            Self::Few(prices) => prices.iter().for_each(|(terms, rates)| put((terms, rates))),
            Self::Many(prices) => prices.iter().for_each(put),
        }
    }
}

impl OwnModel {
    /// The rates that hold at a time, in seconds since 1970, and the tier where they are
    /// its own; none, where none do yet.
    pub(super) fn rates(&self, tier: Option<ServiceTier>, at: i64) -> Option<(&Rates, Option<ServiceTier>)> {
        let of = |tier| self.prices.at(tier, at).map(|rates| (rates, tier));
        tier.and_then(|tier| of(Some(tier))).or_else(|| of(None))
    }

    pub(super) fn priced_as(&self, service_tier: Option<ServiceTier>) -> PricedAs {
        let Key { provider, name, prefix } = &self.key;
        let model = if *prefix { format!("{name}{REST}") } else { name.to_string() };
        let provider = provider.as_deref().map(|provider| provider.to_owned().into());
        PricedAs { provider, model: model.into(), service_tier }
    }
}

/// As `azure/gpt-4o*`.
impl fmt::Debug for OwnModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PricedAs { provider, model, .. } = self.priced_as(None);
        write!(f, "{}/{model}", provider.as_deref().unwrap_or("*"))
    }
}

/// A user's prices, to be looked up.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnPrices {
    models: HashMap<Key, Arc<OwnModel>>,
    /// The most bytes that a name before a `*` has.
    longest_prefix: Option<usize>,
}

impl OwnPrices {
    pub(super) fn is_empty(&self) -> bool {
        self.models.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.models.values().map(|model| model.prices.len()).sum()
    }

    /// Adds a price, or replaces the one for the same models and terms. Hands back
    /// whether there was one.
    pub(super) fn add(&mut self, price: OwnPrice) -> bool {
        let OwnPrice { key, terms, rates } = price;
        if key.prefix {
            self.longest_prefix = self.longest_prefix.max(Some(key.name.len()));
        }
        let model = self.models.entry(key.clone()).or_insert_with(|| Arc::new(OwnModel { key, prices: Prices::new() }));
        Arc::make_mut(model).prices.put(terms, rates)
    }

    /// Adds all prices of another; where both have one, the other's counts.
    #[cfg(feature = "prices-file")]
    pub(super) fn add_all(&mut self, other: Self) {
        self.longest_prefix = self.longest_prefix.max(other.longest_prefix);
        for (key, model) in other.models {
            match self.models.entry(key) {
                Entry::Occupied(mut ours) => Arc::make_mut(ours.get_mut()).prices.put_all(&model.prices),
                Entry::Vacant(place) => drop(place.insert(model)),
            }
        }
    }

    /// The prices that a model's name fits, the most particular first: the whole name,
    /// then ever shorter beginnings; of each, the one with the provider.
    pub(super) fn fitting(&self, provider: Option<&str>, model: &str) -> Vec<Arc<OwnModel>> {
        let model = model.trim();
        if self.is_empty() || model.is_empty() || model.len() > LONGEST_NAME {
            return Vec::new();
        }
        let model = model.to_lowercase();
        let provider: Option<Box<str>> = match provider {
            Some(provider) => Some(lookup::canonical(provider).into()),
            None => lookup::provider_of(&model).map(Into::into),
        };
        let mut fitting = Vec::new();
        let mut look = |name: &str, prefix: bool| {
            let mut get =
                |provider| fitting.extend(self.models.get(&Key { provider, name: name.into(), prefix }).cloned());
            if provider.is_some() {
                get(provider.clone());
            }
            get(None);
        };
        look(&model, false);
        if let Some(longest) = self.longest_prefix {
            let ends = (0..=model.len().min(longest)).rev();
            ends.filter_map(|end| model.get(..end)).for_each(|beginning| look(beginning, true));
        }
        fitting
    }
}

#[cfg(test)]
mod tests {
    use super::super::given::Price;
    use super::*;

    fn prices(names: &[(Option<&str>, &str)]) -> OwnPrices {
        let mut prices = OwnPrices::default();
        for (provider, name) in names {
            let price = Price::new(1.0, 1.0);
            let price = provider.map_or(price.clone(), |provider| price.provider(provider));
            assert!(!prices.add(price.checked(name).unwrap()), "{name} was there");
        }
        prices
    }

    fn fitting(prices: &OwnPrices, provider: Option<&str>, model: &str) -> String {
        format!("{:?}", prices.fitting(provider, model))
    }

    #[test]
    fn the_most_particular_price_comes_first() {
        let prices = prices(&[
            (None, "gpt-4o*"),
            (Some("azure"), "gpt-4o*"),
            (None, "GPT-4o-mini"),
            (None, "gpt-*"),
            (Some("acme"), "*"),
        ]);
        let fits = |provider, model: &str| fitting(&prices, provider, model);
        assert_eq!(fits(None, "gpt-4o-mini"), "[*/gpt-4o-mini, */gpt-4o*, */gpt-*]");
        assert_eq!(fits(Some("azure.ai.openai"), "gpt-4o-2024-08-06"), "[azure/gpt-4o*, */gpt-4o*, */gpt-*]");
        assert_eq!(fits(Some("ACME "), "anything"), "[acme/*]");
        assert_eq!(fits(None, "claude"), "[]");
        assert_eq!(fits(None, ""), "[]");
        assert_eq!(fits(None, &"x".repeat(65_536)), "[]");
        assert_eq!(fits(None, "gpt-ö"), "[*/gpt-*]");
    }

    #[test]
    fn a_provider_may_be_told_by_the_models_name() {
        let prices = prices(&[(Some("openai"), "gpt-4o")]);
        assert_eq!(fitting(&prices, None, "gpt-4o"), "[openai/gpt-4o]");
        assert_eq!(fitting(&prices, Some("azure"), "gpt-4o"), "[]");
    }

    #[test]
    fn a_price_holds_from_its_date_on_and_for_its_tier() {
        use ServiceTier::{Batch, Flex};
        let mut prices = OwnPrices::default();
        for (tier, since, input) in
            [(None, Some(200), 3.0), (Some(Flex), Some(150), 0.5), (None, Some(100), 2.0), (Some(Batch), None, 1.0)]
        {
            let price = Price::new(input, 0.0).checked("m").unwrap();
            assert!(!prices.add(OwnPrice { terms: Terms { tier, since }, ..price }));
        }
        let model = &prices.fitting(None, "m")[0];
        let input = |tier, at| {
            let (rates, applied) = model.rates(tier, at)?;
            assert!(applied.is_none() || applied == tier);
            Some(rates.total(&crate::operation::Usage::new(1_000_000, 0)).as_dollars())
        };
        assert_eq!([99, 100, 199, 200].map(|at| input(None, at)), [None, Some(2.0), Some(2.0), Some(3.0)]);
        assert_eq!([99, 149, 150, 300].map(|at| input(Some(Flex), at)), [None, Some(2.0), Some(0.5), Some(0.5)]);
        assert_eq!([0, 300].map(|at| input(Some(Batch), at)), [Some(1.0); 2]);
    }

    #[test]
    fn the_dates_of_a_model_may_be_many_and_come_in_any_order() {
        const MANY: i64 = 40_000;
        let price = |since: i64| {
            let price = Price::new(since as f64, 0.0).checked("m").unwrap();
            OwnPrice { terms: Terms { tier: None, since: Some(since) }, ..price }
        };
        let filled = |dates: &mut dyn Iterator<Item = i64>| {
            let mut prices = OwnPrices::default();
            dates.for_each(|since| assert!(!prices.add(price(since)), "{since} was there"));
            prices
        };
        // Coprime to the number: each date comes once.
        let mixed = filled(&mut (0..MANY).map(|number| number * 17_989 % MANY));
        for mut prices in [filled(&mut (0..MANY)), filled(&mut (0..MANY).rev()), mixed] {
            assert_eq!(prices.len(), 40_000);
            let model = &prices.fitting(None, "m")[0];
            let input = |at| {
                let (rates, _) = model.rates(Some(ServiceTier::Batch), at)?;
                Some(rates.total(&crate::operation::Usage::new(1_000_000, 0)).as_dollars() as i64)
            };
            assert_eq!([-1, 0, 7, 39_999, i64::MAX].map(input), [None, Some(0), Some(7), Some(39_999), Some(39_999)]);
            assert!([0, 7, MANY - 1].map(price).into_iter().all(|twice| prices.add(twice)));
        }
    }

    #[test]
    #[cfg(feature = "prices-file")]
    fn of_two_tables_the_prices_of_the_second_count() {
        let price = |name: &str, input| Price::new(input, 0.0).checked(name).unwrap();
        let mut first = OwnPrices::default();
        let mut second = OwnPrices::default();
        for (prices, input) in [(&mut first, 1.0), (&mut second, 2.0)] {
            prices.add(price("both", input));
            let dated = Terms { tier: None, since: Some(input as i64) };
            prices.add(OwnPrice { terms: dated, ..price("dated", input) });
        }
        second.add(price("beginning-*", 2.0));
        let untouched = first.clone();
        first.add_all(second);
        let input = |prices: &OwnPrices, name, at| {
            let rates = prices.fitting(None, name).first()?.rates(None, at)?.0.to_owned();
            Some(rates.total(&crate::operation::Usage::new(1_000_000, 0)).as_dollars())
        };
        assert_eq!(["both", "beginning-a"].map(|name| input(&first, name, 0)), [Some(2.0); 2]);
        assert_eq!([0, 1, 2].map(|at| input(&first, "dated", at)), [None, Some(1.0), Some(2.0)]);
        assert_eq!((untouched.len(), first.len(), input(&untouched, "both", 0)), (2, 4, Some(1.0)));
    }

    #[test]
    fn names_that_cannot_be_are_refused() {
        let long = "x".repeat(257);
        for (provider, name, what) in [
            (None, "", "the model's name is empty"),
            (None, " ", "the model's name is empty"),
            (Some(""), "m", "the provider's name is empty"),
            (None, "*", "every model there is"),
            (None, "a*b", "can only be its end"),
            (None, "a**", "can only be its end"),
            (None, "a\nb", "control character"),
            (None, long.as_str(), "more than 256 bytes"),
        ] {
            let price = Price::new(1.0, 1.0);
            let price = provider.map_or(price.clone(), |provider| price.provider(provider));
            let error = price.checked(name).unwrap_err();
            assert!(error.contains(what), "{what:?} is not in {error:?}");
        }
        let error = Price::new(1.0, 1.0).cache_write_1h(1.0).checked("m").unwrap_err();
        assert!(error.contains("`cache_write_1h` needs `cache_write`"), "{error}");
        let error = Price::new(1.0, 1.0).service_tier("default").checked("m").unwrap_err();
        assert!(error.contains("`service_tier` is \"default\"; those that have prices"), "{error}");
        let error = Price::new(1.0, f64::NAN).checked("m").unwrap_err();
        assert!(error.contains("`output`: it is not a number"), "{error}");
    }
}
