//! Whether a provider and a model that stand in the source have a price.
//!
//! The answer is that of `arc_obs`'s own look-up at run time, in the same order and
//! with the same folding of names, which a test there holds for every name; but only
//! yes or no, and from a text that is cheap to compile. The generated [`models`] are
//! all it knows.
//!
//! [`models`]: super::models

use super::models::{PROVIDERS, Provider};

/// What is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknown {
    Provider,
    Model,
}

/// The provider names of the OpenTelemetry GenAI conventions, and the table's.
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

/// Whether there is a price for a model, from this provider if one is named, or was in an
/// earlier release: an update must not break a crate.
pub(crate) fn check(provider: Option<&str>, model: &str) -> Result<(), Unknown> {
    check_priced(provider, model).or_else(|unknown| if was_known(provider, model) { Ok(()) } else { Err(unknown) })
}

/// Whether it was in an earlier release, and the data has it no more.
fn was_known(provider: Option<&str>, model: &str) -> bool {
    let model = model.to_lowercase();
    let named = provider.map(|name| name.trim().to_lowercase());
    // By the prefix, too, in which a name may come.
    let name = model.split_once('/').map_or(&*model, |(_, name)| name);
    let sellers = PROVIDERS.iter().filter(|seller| match &named {
        Some(named) => by_id(named)
            .is_none_or(|named| named.id == seller.id || named.fallbacks.split('\n').any(|id| id == seller.id)),
        None => true,
    });
    let mut retired = sellers.map(|seller| seller.retired).filter(|retired| !retired.is_empty());
    retired.any(|retired| any(retired, &model) || any(retired, name))
}

/// Whether there is a price for a model, from this provider if one is named.
pub(crate) fn check_priced(provider: Option<&str>, model: &str) -> Result<(), Unknown> {
    let model = model.to_lowercase();
    let found = match provider.map(str::trim) {
        None => is_inferred(&model) || is_prefixed(&model),
        Some(name) => match provider_named(name) {
            Some(provider) => sells(provider, &model),
            None if !name.eq_ignore_ascii_case(LITELLM) => return Err(Unknown::Provider),
            None if known_prefix(&model).is_some() => is_prefixed(&model),
            None => is_inferred(&model),
        },
    };
    if found { Ok(()) } else { Err(Unknown::Model) }
}

/// The names under which providers are known.
pub(crate) fn provider_names() -> impl Iterator<Item = &'static str> {
    PROVIDERS.iter().map(|provider| provider.id).chain(OPENTELEMETRY_NAMES.map(|(name, _)| name)).chain([LITELLM])
}

/// The names of models that are spelt out, of this provider or of all.
pub(crate) fn model_names(provider: Option<&str>) -> impl Iterator<Item = &'static str> {
    let one = provider.and_then(|name| provider_named(name.trim()));
    let sellers = PROVIDERS.iter().filter(move |seller| {
        one.is_none_or(|one| one.id == seller.id || one.fallbacks.split('\n').any(|id| id == seller.id))
    });
    let starts = |rules: &'static str| rules.split(['\n', '&']).filter_map(|rule| rule.strip_suffix('*'));
    let names = sellers.flat_map(move |provider| provider.names.split('\n').chain(starts(provider.rules)));
    names.filter(|name| !name.is_empty() && !name.contains(['#', '&', '|', '!', '*']) && !name.ends_with('-'))
}

/// The ids of the providers that have the model among their own.
pub(crate) fn sellers(model: &str) -> impl Iterator<Item = &'static str> {
    let model = model.to_lowercase();
    PROVIDERS.iter().filter(move |provider| has(provider, &model)).map(|provider| provider.id)
}

/// Whether the first provider that claims such names as its own has the model.
fn is_inferred(model: &str) -> bool {
    let claims = |provider: &&Provider| !is_gone(provider) && any(provider.infers, model);
    !model.is_empty() && PROVIDERS.iter().find(claims).is_some_and(|provider| sells(provider, model))
}

/// Whether it is a model when its name is taken as `provider/model`.
fn is_prefixed(model: &str) -> bool {
    known_prefix(model).is_some_and(|(provider, model)| sells(provider, model))
}

fn known_prefix(model: &str) -> Option<(&'static Provider, &str)> {
    let (prefix, model) = model.split_once('/')?;
    Some((provider_named(prefix)?, model))
}

fn provider_named(name: &str) -> Option<&'static Provider> {
    let name = name.to_lowercase();
    let opentelemetry = || OPENTELEMETRY_NAMES.iter().find(|(known, _)| *known == name).and_then(|(_, id)| by_id(id));
    let found = by_id(&name).or_else(opentelemetry);
    // One that only earlier releases had sells nothing.
    found.or_else(|| PROVIDERS.iter().find(|provider| any(provider.aliases, &name))).filter(|found| !is_gone(found))
}

fn is_gone(provider: &Provider) -> bool {
    !provider.retired.is_empty() && provider.rules.is_empty() && provider.names.trim().is_empty()
}

fn by_id(id: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.id == id)
}

/// Whether the provider sells the model, or those whose models it sells; also with
/// compact dates spelt out.
fn sells(provider: &Provider, model: &str) -> bool {
    let sells = |model: &str| {
        has(provider, model) || provider.fallbacks.split('\n').filter_map(by_id).any(|fallback| has(fallback, model))
    };
    sells(model) || spell_out_dates(model).is_some_and(|model| sells(&model))
}

/// Whether the model is the provider's own.
fn has(provider: &Provider, model: &str) -> bool {
    // A search in one text is fast also where nothing is optimised.
    (!model.contains('\n') && provider.names.contains(&format!("\n{model}\n"))) || any(provider.rules, model)
}

fn any(rules: &str, name: &str) -> bool {
    rules.split('\n').any(|rule| fits(rule, name))
}

fn fits(rule: &str, name: &str) -> bool {
    // Most names begin otherwise.
    match rule.as_bytes().first() {
        None => false,
        Some(b'*' | b'!' | b'#') => all(rule, name),
        Some(first) => (name.as_bytes().first() == Some(first) || rule.contains(['&', '|'])) && all(rule, name),
    }
}

fn all(rule: &str, name: &str) -> bool {
    rule.split('&').all(|part| match part.strip_prefix('!') {
        Some(none_of) => !none_of.split('|').any(|glob| fits_glob(glob, name)),
        None => part.split('|').any(|glob| fits_glob(glob, name)),
    })
}

fn fits_glob(glob: &str, name: &str) -> bool {
    match (glob.strip_prefix('*'), glob.strip_suffix('*')) {
        (Some(end), None) => name.ends_with(end),
        (Some(part), Some(_)) => name.contains(part.trim_end_matches('*')),
        (None, Some(start)) => name.get(..start.len()).is_some_and(|name| equals(start, name)),
        (None, None) => equals(glob, name),
    }
}

/// Whether they are equal, where a `#` is any digit.
fn equals(pattern: &str, name: &str) -> bool {
    let fits = |(wanted, byte): (u8, u8)| if wanted == b'#' { byte.is_ascii_digit() } else { byte == wanted };
    pattern == name
        || pattern.len() == name.len() && pattern.contains('#') && pattern.bytes().zip(name.bytes()).all(fits)
}

/// `-20251211` as `-2025-12-11`, wherever that ends in `-`, `:` or the name's end.
fn spell_out_dates(name: &str) -> Option<String> {
    let mut spelt = String::new();
    let mut copied = 0;
    for (dash, _) in name.match_indices('-') {
        let start = dash + 1;
        let Some(date) = name.get(start..start + 8) else { continue };
        let ends = matches!(name.as_bytes().get(start + 8), None | Some(b'-' | b':'));
        if ends && is_date(date) {
            spelt.push_str(&name[copied..start]);
            spelt.extend([&date[..4], "-", &date[4..6], "-", &date[6..]]);
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
        2 if year % 4 == 0 => 29,
        2 => 28,
        _ => 0,
    };
    (2000..2100).contains(&year) && (1..=days).contains(&day)
}
