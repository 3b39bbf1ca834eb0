//! Look-up: which row of the price table the names of a provider and a model mean.
//!
//! The order and the folding of names are those of genai-prices, from whose
//! data the table is made; what is ours says so. Nothing is cached: this takes
//! some microseconds, and a callsite that knows its model can keep the answer.

use std::borrow::Cow;
use std::fmt;

use super::shape::{Model, Provider, Rule};
use super::table;
use super::unpriced::Unpriced;

/// A model of the price table.
#[derive(Clone, Copy)]
pub(crate) struct Priced {
    /// The provider whose price it is, which may be another than the one that
    /// was named: Azure sells models at OpenAI's prices.
    pub(super) provider: &'static Provider,
    pub(super) model: &'static Model,
    /// Whether that is the provider that was asked: prices by service tier hold only
    /// where the model is the provider's own.
    pub(super) own: bool,
}

impl Priced {
    /// Whether the provider has announced the model's end, or it has come.
    pub(crate) const fn is_deprecated(self) -> bool {
        self.model.deprecated
    }
}

/// As `openai/gpt-4o`.
impl fmt::Debug for Priced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider.id, self.model.id)
    }
}

/// The provider names of the OpenTelemetry GenAI conventions
/// (`gen_ai.provider.name`), and what the table calls them.
///
/// Asked before the table's own aliases, which would have `azure.ai.openai`
/// mean `openai` because it contains it.
const OPENTELEMETRY_NAMES: [(&str, &str); 9] = [
    ("aws.bedrock", "aws"),
    ("azure.ai.inference", "azure"),
    ("azure.ai.openai", "azure"),
    ("gcp.gemini", "google"),
    ("gcp.gen_ai", "google"),
    ("gcp.vertex_ai", "google"),
    ("mistral_ai", "mistral"),
    ("moonshot_ai", "moonshotai"),
    ("x_ai", "x-ai"),
];

/// LiteLLM sells nothing: it passes `provider/model` on.
const LITELLM: &str = "litellm";

/// Finds a model's row in the price table, in any case of letters.
///
/// The provider goes by its id, its OpenTelemetry name or an alias. Without
/// one, it is inferred from the model's name; and when that leads nowhere,
/// a known provider's name before the first slash of the model's counts as one
/// (which is ours: genai-prices does so for LiteLLM only).
pub(crate) fn find(provider: Option<&str>, model: &str) -> Result<Priced, Unpriced> {
    let model = fold(model);
    let Some(name) = provider else {
        return inferred(&model).or_else(|| prefixed(&model)).ok_or(Unpriced::UnknownModel);
    };
    let name = name.trim();
    if let Some(provider) = provider_named(name) {
        return find_at(provider, &model).ok_or(Unpriced::UnknownModel);
    }
    if name.eq_ignore_ascii_case(LITELLM) {
        // A known prefix decides here, even when the rest is not found.
        let found = if known_prefix(&model).is_some() { prefixed(&model) } else { inferred(&model) };
        return found.ok_or(Unpriced::UnknownModel);
    }
    Err(Unpriced::UnknownProvider)
}

/// A provider's name as the table has it; one that it does not know in lower case.
pub(super) fn canonical(name: &str) -> Cow<'_, str> {
    let name = name.trim();
    provider_named(name).map_or_else(|| fold(name), |provider| Cow::Borrowed(provider.id))
}

/// The provider that the name of a model, in lower case, tells.
pub(super) fn provider_of(model: &str) -> Option<&'static str> {
    let provider = inferred_provider(model).or_else(|| Some(known_prefix(model)?.0));
    provider.map(|provider| provider.id)
}

/// The same of a name in any case of letters.
#[cfg(feature = "traces")]
pub(crate) fn provider_id(model: &str) -> Option<&'static str> {
    provider_of(&fold(model))
}

/// The first provider that claims such names as its own.
fn inferred_provider(model: &str) -> Option<&'static Provider> {
    if model.is_empty() {
        return None;
    }
    table::PROVIDERS.iter().find(|provider| any(provider.infers(), model))
}

/// The model, from the provider that claims such names as its own.
fn inferred(model: &str) -> Option<Priced> {
    find_at(inferred_provider(model)?, model)
}

/// The model, its name taken as `provider/model`.
fn prefixed(model: &str) -> Option<Priced> {
    let (provider, model) = known_prefix(model)?;
    find_at(provider, model)
}

fn known_prefix(model: &str) -> Option<(&'static Provider, &str)> {
    let (prefix, model) = model.split_once('/')?;
    Some((provider_named(prefix)?, model))
}

fn provider_named(name: &str) -> Option<&'static Provider> {
    let name = fold(name);
    let by_id = |id: &str| table::PROVIDERS.iter().find(|provider| provider.id == id);
    by_id(&name)
        .or_else(|| {
            let (_, id) = OPENTELEMETRY_NAMES.iter().find(|(known, _)| *known == name)?;
            by_id(id)
        })
        .or_else(|| table::PROVIDERS.iter().find(|provider| any(provider.aliases(), &name)))
}

/// The model at this provider, or at one whose models it also sells; and if
/// that fails, the same with compact dates spelt out.
fn find_at(provider: &'static Provider, model: &str) -> Option<Priced> {
    let find = |model: &str| {
        let other = |fallback| Some(Priced { own: false, ..own_model(fallback, model)? });
        own_model(provider, model).or_else(|| provider.fallbacks().find_map(other))
    };
    find(model).or_else(|| find(&spell_out_dates(model)?))
}

fn own_model(provider: &'static Provider, name: &str) -> Option<Priced> {
    let model = provider.models().iter().find(|model| any(model.rules(), name))?;
    Some(Priced { provider, model, own: true })
}

fn any(rules: &[Rule], name: &str) -> bool {
    rules.iter().any(|rule| rule.fits(name))
}

impl Rule {
    fn fits(&self, name: &str) -> bool {
        match *self {
            Rule::Equals(text) => name == text,
            Rule::StartsWith(text) => name.starts_with(text),
            Rule::EndsWith(text) => name.ends_with(text),
            Rule::Contains(text) => name.contains(text),
            Rule::Pattern(pattern) => name.len() == pattern.len() && starts_with_pattern(name, pattern),
            Rule::PatternStart(pattern) => starts_with_pattern(name, pattern),
            Rule::All(rules) => Rule::within(rules).iter().all(|rule| rule.fits(name)),
            Rule::Any(rules) => any(Rule::within(rules), name),
            Rule::NoneOf(rules) => !any(Rule::within(rules), name),
        }
    }
}

fn starts_with_pattern(name: &str, pattern: &str) -> bool {
    name.len() >= pattern.len()
        && name.bytes().zip(pattern.bytes()).all(|(byte, wanted)| match wanted {
            b'#' => byte.is_ascii_digit(),
            _ => byte == wanted,
        })
}

/// Lower case. Borrowed where it is that already, as nearly every name is.
fn fold(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.to_lowercase())
    }
}

/// `-20251211` as `-2025-12-11`, wherever that ends in `-`, `:` or the name's
/// end, or `None` if there is no such date. Gateways write dates the one way,
/// the table has the other.
fn spell_out_dates(name: &str) -> Option<String> {
    let mut spelt = String::new();
    let mut copied = 0;
    for (dash, _) in name.match_indices('-') {
        let start = dash + 1;
        let Some(date) = name.get(start..start + 8) else {
            continue;
        };
        let ends = matches!(name.as_bytes().get(start + 8), None | Some(b'-' | b':'));
        if ends && is_date(date) {
            let (year, rest) = date.split_at(4);
            let (month, day) = rest.split_at(2);
            spelt.push_str(&name[copied..start]);
            spelt.extend([year, "-", month, "-", day]);
            copied = start + 8;
        }
    }
    (copied > 0).then(|| spelt + &name[copied..])
}

/// Whether eight letters are the digits of a day of this century.
fn is_date(text: &str) -> bool {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let number = |text: &str| text.parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(&text[..4]), number(&text[4..6]), number(&text[6..]));
    // From 2000 to 2099 every fourth year is a leap year.
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        _ => 0,
    };
    (2000..2100).contains(&year) && (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_dates_are_spelt_out() {
        for (name, spelt) in [
            ("gpt-5.2-20251211", "gpt-5.2-2025-12-11"),
            ("model-20251211:free", "model-2025-12-11:free"),
            ("a-20251211-20240229", "a-2025-12-11-2024-02-29"),
            ("a-20250230-20250301-b", "a-20250230-2025-03-01-b"),
        ] {
            assert_eq!(spell_out_dates(name).as_deref(), Some(spelt));
        }
        for name in ["model", "model-20250230", "model-202512110", "model-20251211x", "m-19991231", "m-2025é11", ""] {
            assert_eq!(spell_out_dates(name), None, "{name}");
        }
    }

    #[test]
    fn a_pattern_stands_for_digits() {
        let whole = Rule::Pattern("opus-####");
        assert!(whole.fits("opus-2025"));
        assert!(!whole.fits("opus-202") && !whole.fits("opus-20255") && !whole.fits("opus-202x"));
        let start = Rule::PatternStart("flash-#");
        assert!(start.fits("flash-1") && start.fits("flash-1x") && !start.fits("flash-") && !start.fits("flash-x"));
    }

    #[test]
    fn lower_case_is_not_copied() {
        assert!(matches!(fold("gpt-4o:free"), Cow::Borrowed(_)));
        assert_eq!(fold("GPT-4o"), "gpt-4o");
        assert_eq!(fold("ÉCOLE"), "école");
    }

    #[test]
    fn every_opentelemetry_name_leads_to_its_provider() {
        for (name, id) in [
            ("anthropic", "anthropic"),
            ("aws.bedrock", "aws"),
            ("azure.ai.inference", "azure"),
            ("azure.ai.openai", "azure"),
            ("cohere", "cohere"),
            ("deepseek", "deepseek"),
            ("gcp.gemini", "google"),
            ("gcp.gen_ai", "google"),
            ("gcp.vertex_ai", "google"),
            ("groq", "groq"),
            ("mistral_ai", "mistral"),
            ("moonshot_ai", "moonshotai"),
            ("openai", "openai"),
            ("perplexity", "perplexity"),
            ("x_ai", "x-ai"),
        ] {
            assert_eq!(provider_named(name).map(|provider| provider.id), Some(id), "{name}");
        }
    }
}
