//! A literal compiles exactly when the look-up finds it: the names that the
//! attributes know (`arc-obs-macros/src/known.rs`) against the table.

use std::collections::BTreeSet;

use super::{Unpriced, find};

#[path = "../../../../arc-obs-macros/src/known.rs"]
#[expect(dead_code, reason = "names of earlier releases have no row: tests/behaviour/prices_table.rs")]
mod known;
#[path = "../../../../arc-obs-macros/src/models.rs"]
#[expect(dead_code, reason = "tiers are checked in the macro crate only")]
mod models;

use known::Unknown;
use models::PROVIDERS;

fn compare(provider: Option<&str>, model: &str) {
    let run_time = find(provider, model).map(|_| ()).map_err(|reason| match reason {
        Unpriced::UnknownProvider => Unknown::Provider,
        _ => Unknown::Model,
    });
    assert_eq!(known::check_priced(provider, model), run_time, "{provider:?} {model:?}");
}

/// A text that a rule fits, and some that it nearly fits.
fn examples(rule: &str) -> Vec<String> {
    let texts = rule.split(['&', '|']).map(|glob| glob.trim_start_matches('!').trim_matches('*'));
    let texts =
        texts.map(|text| text.replace("####-##-##", "2026-01-02").replace("########", "20260102").replace('#', "1"));
    texts
        .flat_map(|text| {
            let dateless = text.replace("-20", "20");
            let around = [format!("{text}-x"), format!("x-{text}"), format!("{text}-20251211"), format!("{text}1")];
            let changed = [text.replace("2026-01-02", "20260102"), dateless, text.to_uppercase(), format!("{text} ")];
            let shorter = text.chars().skip(1).collect();
            around.into_iter().chain(changed).chain([shorter, text.replace(['1', '2'], "x"), text])
        })
        .collect()
}

#[test]
fn every_name_is_known_to_the_attributes_exactly_when_it_has_a_row() {
    let mut compared = 0;
    for (index, provider) in PROVIDERS.iter().enumerate() {
        let another = PROVIDERS[(index + 7) % PROVIDERS.len()].id;
        let rules = [provider.names, provider.rules, provider.infers].into_iter().flat_map(|text| text.split('\n'));
        let names: BTreeSet<String> = rules.flat_map(examples).collect();
        for name in &names {
            compare(Some(provider.id), name);
            compared += 1;
        }
        // All of them each way would take a minute.
        for name in names.iter().step_by(3) {
            compare(None, name);
            compare(Some(another), name);
            compare(Some("LiteLLM"), &format!("{}/{name}", provider.id));
            compare(None, &format!("{}/{name}", provider.id));
        }
    }
    assert!(compared > 20_000, "only {compared} names");
}

#[test]
fn every_provider_is_known_to_the_attributes_exactly_when_it_has_a_row() {
    let aliases = PROVIDERS.iter().flat_map(|provider| provider.aliases.split('\n')).flat_map(examples);
    for name in known::provider_names().map(str::to_owned).chain(aliases) {
        for name in [name.to_uppercase(), format!(" {name}\n"), format!("my-{name}-2"), name] {
            compare(Some(&name), "gpt-4o");
            compare(Some(&name), "anthropic/claude-3-haiku");
        }
    }
}

#[test]
fn unknown_names_are_unknown_to_both() {
    for provider in [None, Some("openai"), Some("acme"), Some(""), Some(" "), Some("litellm"), Some("LITELLM ")] {
        for model in
            ["", "/", "gpt-nonesuch", "gtp-4o", "my-own-model", "acme/gpt-4o", "é", "ÉCOLE", "gpt-4o\n", "#", "*"]
        {
            compare(provider, model);
        }
    }
}

#[test]
fn every_name_and_every_provider_that_is_suggested_is_known() {
    for provider in &PROVIDERS {
        for name in known::model_names(Some(provider.id)) {
            compare(Some(provider.id), name);
        }
        for name in provider.names.split('\n').filter(|name| !name.is_empty()) {
            assert!(known::sellers(name).any(|id| id == provider.id), "{} sells {name}", provider.id);
            assert!(known::sellers(name).all(|id| find(Some(id), name).is_ok()), "{name}");
        }
    }
}
