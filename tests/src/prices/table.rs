//! The table before it is text: rows, and spans of rows.
//!
//! Equal runs of rows are kept once. The same model sold by ten providers has
//! the same names and prices ten times, and rows cost every user compile time.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::hash::Hash;

use serde_json::value::RawValue;

use super::data::{self, Tiered};
use super::rate::{self, When};
use super::rule::Rule;
use super::variant::{self, Tier};

/// A run of rows: where it starts, how many.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Span(pub(super) u16, pub(super) u16);

pub(super) struct Table {
    pub(super) providers: Vec<ProviderRow>,
    pub(super) fallbacks: Rows<u16>,
    pub(super) models: Vec<ModelRow>,
    pub(super) rules: Rows<RuleRow>,
    pub(super) prices: Rows<PriceRow>,
    pub(super) variants: Rows<VariantRow>,
    pub(super) rates: Rows<RateRow>,
    pub(super) tiers: Rows<TierRow>,
    /// Which of the prices in [`rate::ROUNDED`] the data has.
    pub(super) rounded: BTreeSet<&'static str>,
}

pub(super) struct ProviderRow {
    pub(super) id: String,
    pub(super) aliases: Span,
    pub(super) infers: Span,
    pub(super) fallbacks: Span,
    pub(super) models: Span,
}

pub(super) struct ModelRow {
    pub(super) id: String,
    pub(super) rules: Span,
    pub(super) prices: Span,
    pub(super) variants: Span,
    pub(super) deprecated: bool,
}

/// A rule whose inner rules are rows of their own.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) enum RuleRow {
    /// The kind of rule, and its text.
    Text(&'static str, String),
    /// The kind of rule, and the rules it is about.
    Rules(&'static str, Span),
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct PriceRow {
    pub(super) when: When,
    pub(super) rates: Span,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct VariantRow {
    pub(super) tier: Tier,
    pub(super) when: When,
    pub(super) rates: Span,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct RateRow {
    /// The unit's name in the table.
    pub(super) of: &'static str,
    pub(super) base: u64,
    pub(super) tiers: Span,
}

#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct TierRow {
    pub(super) above: u64,
    pub(super) rate: u64,
}

/// The units of the data that the table has, by price key.
const UNITS: [(&str, &str); 6] = [
    ("input_mtok", "Input"),
    ("output_mtok", "Output"),
    ("cache_read_mtok", "CacheRead"),
    ("cache_write_mtok", "CacheWrite"),
    ("cache_write_1h_mtok", "CacheWrite1h"),
    ("output_reasoning_mtok", "Reasoning"),
];

/// The units of the data that the table leaves out, for [`data::Model`]s whose
/// usage arc-obs does not know: it counts tokens, not seconds or pages.
const LEFT_OUT: [&str; 18] = [
    "audio_hours",
    "cache_audio_read_mtok",
    "cache_image_read_mtok",
    "input_annotated_document_kpages",
    "input_audio_hours",
    "input_audio_mtok",
    "input_document_kpages",
    "input_image_mtok",
    "input_mchars",
    "input_text_messages_kcount",
    "input_video_mtok",
    "output_audio_mtok",
    "output_citation_mtok",
    "output_image_mtok",
    "output_video_mtok",
    "requests_kcount",
    "storage_searches_kcount",
    "web_searches_kcount",
];

impl Table {
    pub(super) fn build(providers: &[data::Provider<'_>]) -> Result<Self, String> {
        let mut table = Self {
            providers: Vec::with_capacity(providers.len()),
            fallbacks: Rows::new("FALLBACKS"),
            models: Vec::new(),
            rules: Rows::new("RULES"),
            prices: Rows::new("PRICES"),
            variants: Rows::new("VARIANTS"),
            rates: Rows::new("RATES"),
            tiers: Rows::new("TIERS"),
            rounded: BTreeSet::new(),
        };
        for provider in providers {
            table.provider(provider, providers).map_err(|error| format!("provider {}: {error}", provider.id))?;
        }
        Ok(table)
    }

    fn provider(&mut self, provider: &data::Provider<'_>, all: &[data::Provider<'_>]) -> Result<(), String> {
        if provider.id.is_empty() || provider.id != provider.id.trim().to_lowercase() {
            return Err("its id is empty, has spaces around it or capitals in it".into());
        }
        let mut fallbacks = Vec::new();
        for id in &provider.fallback_model_providers {
            let row = all.iter().position(|other| other.id == *id);
            let row = row.ok_or_else(|| format!("it falls back on {id}, which is not in the data"))?;
            fallbacks.push(u16::try_from(row).map_err(|_| "too many providers")?);
        }
        let first = self.models.len();
        for model in &provider.models {
            self.model(model).map_err(|error| format!("model {}: {error}", model.id))?;
        }
        let row = ProviderRow {
            id: provider.id.clone(),
            aliases: self.optional(provider.provider_match.as_ref())?,
            infers: self.optional(provider.model_match.as_ref())?,
            fallbacks: self.fallbacks.add(fallbacks)?,
            models: span("MODELS", first, self.models.len() - first)?,
        };
        self.providers.push(row);
        Ok(())
    }

    fn optional(&mut self, rule: Option<&data::Match>) -> Result<Span, String> {
        match rule {
            Some(rule) => self.any(Rule::of(rule)?),
            None => Ok(Span(0, 0)),
        }
    }

    fn model(&mut self, model: &data::Model<'_>) -> Result<(), String> {
        let rules = self.any(Rule::of(&model.rule)?)?;
        let data = model.prices()?;
        let mut prices = Vec::new();
        for price in &data {
            prices.push(self.price(price)?);
        }
        let mut variants = Vec::new();
        for variant in &model.price_variants {
            let row = self.variant(variant, &data).map_err(|error| format!("variant {:?}: {error}", variant.when))?;
            variants.extend(row);
        }
        let row = ModelRow {
            id: model.id.clone(),
            rules,
            prices: self.prices.add(prices)?,
            variants: self.variants.add(variants)?,
            deprecated: model.deprecated,
        };
        self.models.push(row);
        Ok(())
    }

    /// A rule as a span of rows of which one must fit.
    fn any(&mut self, rule: Rule) -> Result<Span, String> {
        self.run(rule.into_any())
    }

    /// Rules as a run of rows, after the rows of those within them.
    fn run(&mut self, rules: Vec<Rule>) -> Result<Span, String> {
        let mut rows = Vec::with_capacity(rules.len());
        for rule in rules {
            rows.push(match rule {
                Rule::Equals(text) => RuleRow::Text("Equals", text),
                Rule::StartsWith(text) => RuleRow::Text("StartsWith", text),
                Rule::EndsWith(text) => RuleRow::Text("EndsWith", text),
                Rule::Contains(text) => RuleRow::Text("Contains", text),
                Rule::Pattern(text) => RuleRow::Text("Pattern", text),
                Rule::PatternStart(text) => RuleRow::Text("PatternStart", text),
                Rule::All(rules) => RuleRow::Rules("All", self.run(rules)?),
                Rule::Any(rules) => RuleRow::Rules("Any", self.run(rules)?),
                Rule::NoneOf(rules) => RuleRow::Rules("NoneOf", self.run(rules)?),
            });
        }
        self.rules.add(rows)
    }

    fn price(&mut self, price: &data::Price<'_>) -> Result<PriceRow, String> {
        units_are_known(&price.prices)?;
        parts_have_wholes(|key| price.prices.contains_key(key))?;
        let mut rates = Vec::new();
        if price.prices.is_empty() {
            // The data's way to say "free": it never writes a price of zero.
            for of in ["Input", "Output"] {
                rates.push(RateRow { of, base: 0, tiers: Span(0, 0) });
            }
        }
        rates.extend(self.rates(&price.prices)?);
        Ok(PriceRow { when: rate::when(price.constraint.as_ref())?, rates: self.rates.add(rates)? })
    }

    /// A variant of any of the model's `prices`; none, if it changes no price of tokens.
    fn variant(
        &mut self,
        variant: &data::Variant<'_>,
        prices: &[data::Price<'_>],
    ) -> Result<Option<VariantRow>, String> {
        units_are_known(&variant.prices)?;
        for price in prices {
            parts_have_wholes(|key| price.prices.contains_key(key) || variant.prices.contains_key(key))?;
        }
        let rates = self.rates(&variant.prices)?;
        if rates.is_empty() {
            return Ok(None);
        }
        let Some(tier) = variant::tier(&variant.when)? else { return Ok(None) };
        let when = rate::when(variant.constraint.as_ref())?;
        Ok(Some(VariantRow { tier, when, rates: self.rates.add(rates)? }))
    }

    /// The rates of tokens, in the order of [`UNITS`].
    fn rates(&mut self, prices: &BTreeMap<String, &RawValue>) -> Result<Vec<RateRow>, String> {
        let mut rates = Vec::new();
        for (key, of) in UNITS {
            if let Some(value) = prices.get(key) {
                rates.push(self.rate(of, value.get()).map_err(|error| format!("{key}: {error}"))?);
            }
        }
        Ok(rates)
    }

    fn rate(&mut self, of: &'static str, value: &str) -> Result<RateRow, String> {
        if !value.starts_with('{') {
            return Ok(RateRow { of, base: self.nano_dollars(value)?, tiers: Span(0, 0) });
        }
        let tiered: Tiered<'_> = data::parse(value)?;
        let mut tiers = Vec::with_capacity(tiered.tiers.len());
        for tier in &tiered.tiers {
            tiers.push(TierRow { above: tier.start, rate: self.nano_dollars(tier.price.get())? });
        }
        tiers.sort_by_key(|tier| tier.above);
        if let Some(pair) = tiers.windows(2).find(|pair| pair[0].above == pair[1].above) {
            return Err(format!("two tiers start at {}", pair[0].above));
        }
        Ok(RateRow { of, base: self.nano_dollars(tiered.base.get())?, tiers: self.tiers.add(tiers)? })
    }

    fn nano_dollars(&mut self, text: &str) -> Result<u64, String> {
        self.rounded.extend(rate::ROUNDED.iter().map(|(listed, _)| *listed).find(|listed| *listed == text));
        rate::nano_dollars(text)
    }
}

fn units_are_known(prices: &BTreeMap<String, &RawValue>) -> Result<(), String> {
    let known = |key: &str| UNITS.iter().any(|(known, _)| *known == key) || LEFT_OUT.contains(&key);
    match prices.keys().find(|key| !known(key)) {
        Some(key) => Err(format!("the unit {key} is neither in UNITS nor in LEFT_OUT")),
        None => Ok(()),
    }
}

/// Else the rest of the whole would be free without anyone saying so.
fn parts_have_wholes(has: impl Fn(&str) -> bool) -> Result<(), String> {
    for (part, whole) in [
        ("cache_read_mtok", "input_mtok"),
        ("cache_write_mtok", "input_mtok"),
        ("cache_write_1h_mtok", "cache_write_mtok"),
        ("output_reasoning_mtok", "output_mtok"),
    ] {
        if has(part) && !has(whole) {
            return Err(format!("it has {part} without {whole}"));
        }
    }
    Ok(())
}

/// The rows of one array, where equal runs are one.
pub(super) struct Rows<T> {
    name: &'static str,
    rows: Vec<T>,
    runs: HashMap<Vec<T>, Span>,
}

impl<T: Clone + Eq + Hash> Rows<T> {
    fn new(name: &'static str) -> Self {
        Self { name, rows: Vec::new(), runs: HashMap::new() }
    }

    fn add(&mut self, run: Vec<T>) -> Result<Span, String> {
        if run.is_empty() {
            return Ok(Span(0, 0));
        }
        if let Some(span) = self.runs.get(&run) {
            return Ok(*span);
        }
        let span = span(self.name, self.rows.len(), run.len())?;
        self.rows.extend_from_slice(&run);
        self.runs.insert(run, span);
        Ok(span)
    }

    pub(super) fn rows(&self) -> &[T] {
        &self.rows
    }
}

fn span(name: &str, start: usize, length: usize) -> Result<Span, String> {
    match (u16::try_from(start), u16::try_from(length)) {
        (Ok(start), Ok(length)) => Ok(Span(start, length)),
        _ => Err(format!("{name} has too many rows for 16-bit spans: make Span wider")),
    }
}
