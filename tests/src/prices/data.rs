//! The data file of genai-prices, read into types.
//!
//! Strict on purpose: a field that is not named here is an error, since it may
//! be one that changes what something costs. Numbers stay text, because a
//! price must not pass through a float on its way to a whole number.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Provider<'a> {
    pub(super) id: String,
    /// Which names other than the id mean this provider.
    pub(super) provider_match: Option<Match>,
    /// Which names of models tell that it is this provider.
    pub(super) model_match: Option<Match>,
    #[serde(default)]
    pub(super) fallback_model_providers: Vec<String>,
    #[serde(borrow)]
    pub(super) models: Vec<Model<'a>>,

    #[serde(rename = "name")]
    _name: IgnoredAny,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "price_comments")]
    _price_comments: Option<IgnoredAny>,
    #[serde(rename = "pricing_urls")]
    _pricing_urls: Option<IgnoredAny>,
    /// The address of a call, of which arc-obs knows nothing.
    #[serde(rename = "api_pattern")]
    _api_pattern: Option<IgnoredAny>,
    /// How to read usage off a response: `llm::probe` does it its own way.
    #[serde(rename = "extractors")]
    _extractors: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model<'a> {
    pub(super) id: String,
    #[serde(rename = "match")]
    pub(super) rule: Match,
    /// One price, or several with conditions: see [`prices`].
    #[serde(borrow)]
    prices: &'a RawValue,
    #[serde(default)]
    pub(super) deprecated: bool,
    /// What calls of some kind cost instead, key by key of the price.
    #[serde(borrow, default)]
    pub(super) price_variants: Vec<Variant<'a>>,

    #[serde(rename = "name")]
    _name: Option<IgnoredAny>,
    #[serde(rename = "description")]
    _description: Option<IgnoredAny>,
    #[serde(rename = "price_comments")]
    _price_comments: Option<IgnoredAny>,
    #[serde(rename = "context_window")]
    _context_window: Option<IgnoredAny>,
}

/// A rule about a name: exactly one of these keys.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Match {
    Equals(String),
    StartsWith(String),
    EndsWith(String),
    Contains(String),
    Regex(String),
    And(Vec<Match>),
    Or(Vec<Match>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Price<'a> {
    pub(super) constraint: Option<Constraint>,
    /// By the key of a unit, such as `input_mtok`: a number or [`Tiered`].
    #[serde(borrow)]
    pub(super) prices: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variant<'a> {
    /// What is said of the call, such as `service_tier`, and the word for which this
    /// is the price.
    pub(super) when: BTreeMap<String, String>,
    pub(super) constraint: Option<Constraint>,
    #[serde(borrow)]
    pub(super) prices: BTreeMap<String, &'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Constraint {
    pub(super) start_date: Option<String>,
    pub(super) start_time: Option<String>,
    pub(super) end_time: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tiered<'a> {
    #[serde(borrow)]
    pub(super) base: &'a RawValue,
    #[serde(borrow)]
    pub(super) tiers: Vec<Tier<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tier<'a> {
    pub(super) start: u64,
    #[serde(borrow)]
    pub(super) price: &'a RawValue,
}

/// Reads the whole file.
pub(super) fn read(json: &[u8]) -> Result<Vec<Provider<'_>>, String> {
    serde_json::from_slice(json).map_err(|error| format!("prices.json: {error}"))
}

/// Adds the models that upstream has removed, behind those that there are: a name that
/// one of those has is theirs.
pub(super) fn with_retired<'a>(
    mut providers: Vec<Provider<'a>>,
    retired: &'a str,
) -> Result<Vec<Provider<'a>>, String> {
    let retired: Vec<Provider<'a>> = serde_json::from_str(retired).map_err(|error| format!("retired.json: {error}"))?;
    for mut provider in retired {
        provider.models.iter_mut().for_each(|model| model.deprecated = true);
        let Some(known) = providers.iter_mut().find(|known| known.id == provider.id) else {
            providers.push(provider);
            continue;
        };
        if let Some(back) = provider.models.iter().find(|model| known.models.iter().any(|known| known.id == model.id)) {
            return Err(format!("retired.json: {} has {} again; take it out", known.id, back.id));
        }
        known.models.extend(provider.models);
    }
    Ok(providers)
}

impl<'a> Model<'a> {
    /// The model's prices in the order of the file; the last in force counts.
    pub(super) fn prices(&self) -> Result<Vec<Price<'a>>, String> {
        let text = self.prices.get();
        if text.starts_with('[') {
            let prices: Vec<Price<'a>> = parse(text)?;
            // The one that holds when no other does.
            let always = prices.iter().filter(|price| price.constraint.is_none()).count();
            if always == 1 { Ok(prices) } else { Err(format!("{always} prices without a condition, not one")) }
        } else {
            Ok(vec![Price { constraint: None, prices: parse(text)? }])
        }
    }
}

/// Reads a part of the file that was kept as text.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))
}
