//! The model and the provider of an LLM call: known, or said not to be.

use syn::LitStr;

use crate::diagnostics::{Diagnostics, nearest, nearest_within, one_of};
use crate::known::{self, Unknown};
use crate::models;

/// What there is to say of a model that arc-obs does not know.
const WAYS_OUT: &str = "for a model that arc-obs does not know, add `price(input = 0.2, output = 0.6)`, dollars per \
                        million tokens, or `unpriced`, also where a price file or `Builder::price` has it; or write \
                        `model = MINE`, a `const MINE: arc_obs::Model`";

/// Tells where no price is known at compile time, on the literal that is wrong.
pub(super) fn check(model: &LitStr, provider: Option<&LitStr>, diagnostics: &mut Diagnostics) {
    let name = model.value();
    let seller = provider.map(LitStr::value);
    // What is empty was told already.
    if name.trim().is_empty() || seller.as_deref().is_some_and(|seller| seller.trim().is_empty()) {
        return;
    }
    match (known::check(seller.as_deref(), &name), provider) {
        (Ok(()), _) => {}
        (Err(Unknown::Provider), Some(provider)) => {
            let text = provider.value();
            let names: Vec<_> = known::provider_names().collect();
            let hint = nearest(&text.to_lowercase(), &names).map_or_else(
                || "leave `provider` out to infer it from the model".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            diagnostics.error(provider.span(), format!("unknown provider `{text}`; {hint} (or, {WAYS_OUT})"));
        }
        (Err(_), provider) => {
            let from = provider.map(|provider| format!(" of the provider `{}`", provider.value())).unwrap_or_default();
            let hint = match (sold_by(&name), meant(&name, seller.as_deref())) {
                (Some(sellers), _) => format!("it is known with {sellers} (or, {WAYS_OUT})"),
                (None, Some(near)) => format!("did you mean `{near}`? Otherwise, {WAYS_OUT}"),
                (None, None) => WAYS_OUT.to_owned(),
            };
            diagnostics.error(model.span(), format!("unknown model `{name}`{from}; {hint}"));
        }
    }
}

/// What to write for the providers that have a model of this very name, some of them.
fn sold_by(name: &str) -> Option<String> {
    let sellers: Vec<_> = known::sellers(name).map(|id| format!("provider = \"{id}\"")).take(3).collect();
    let sellers: Vec<_> = sellers.iter().map(String::as_str).collect();
    (!sellers.is_empty()).then(|| one_of(&sellers))
}

/// The known model whose name is nearest.
fn meant(name: &str, provider: Option<&str>) -> Option<&'static str> {
    // Among some thousand names one that is a third different is another name.
    let most = (name.chars().count() / 5).max(1);
    let known = known::model_names(provider).filter(|known| known.len().abs_diff(name.len()) <= most);
    let mut known: Vec<_> = known.collect();
    loop {
        let near = nearest_within(&name.to_lowercase(), &known, most)?;
        if known::check(provider, near).is_ok() {
            return Some(near);
        }
        // Another provider's, which has to be named.
        known.retain(|name| *name != near);
    }
}

/// How the provider handles the call: a word that prices are listed for, or the
/// standard.
pub(super) fn check_tier(tier: &LitStr, diagnostics: &mut Diagnostics) {
    let text = tier.value();
    let words: Vec<_> = models::TIERS.into_iter().chain(["standard"]).collect();
    if words.contains(&text.as_str()) {
        return;
    }
    let hint = match nearest(&text.to_lowercase(), &words) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("write {}", one_of(&words)),
    };
    diagnostics.error(tier.span(), format!("`{text}` is no service tier that has a price; {hint}"));
}
