//! The whole table against genai-prices itself, whose data it is made from.
//!
//! Every model and every name a rule knows, found and priced both ways, also at
//! the edges of every tier, date and time of day, and for every service tier. What genai-prices does in
//! floats must be what we do in whole numbers, up to the last nano-dollar.
//!
//! Left out is where we differ on purpose: usage that contradicts itself is an
//! error there; a provider before a slash of the model's name counts only here;
//! and a model sold by other units than tokens costs nothing there.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, SystemTime};

use genai_prices::{Calculator, ErrorKind, PriceRequest, UsageKey};

use super::shape::{Model, Provider, Rule, When};
use super::*;
use crate::operation::{ServiceTier, Usage};

#[test]
fn every_name_is_found_and_priced_as_by_genai_prices() {
    let calculator = Calculator::bundled();
    let ids = calculator.providers().map(|provider| provider.id());
    let ours = table::PROVIDERS.iter().take(calculator.providers().count());
    assert!(ids.eq(ours.map(|provider| provider.id)));

    let mut faults = String::new();
    let (mut named, mut compared) = (0, 0);
    for (theirs, ours) in calculator.providers().zip(&table::PROVIDERS) {
        let ids = theirs.models().map(|model| model.id());
        // Behind them are those that upstream has removed.
        let models = &ours.models()[..theirs.models().count()];
        assert!(ids.eq(models.iter().map(|model| model.id)), "{}", ours.id);

        let mut names: BTreeSet<String> = theirs.models().map(|model| model.id().to_owned()).collect();
        names.extend(models.iter().flat_map(Model::rules).chain(ours.infers()).flat_map(examples));
        for name in &names {
            for provider in [Some(ours.id), None] {
                named += 1;
                match compare(calculator, provider, name) {
                    Ok(count) => compared += count,
                    Err(fault) => writeln!(faults, "{provider:?} {name}: {fault}").unwrap(),
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults}");
    // So that a change cannot quietly empty the comparison.
    assert!(named > 16_000 && compared > 250_000, "only {named} names and {compared} prices compared");
    let variants: usize = table::MODELS.iter().map(|model| model.variants().len()).sum();
    assert!(variants > 150, "only {variants} prices by service tier");
}

#[test]
fn every_provider_is_found_as_by_genai_prices() {
    let calculator = Calculator::bundled();
    let ids = table::PROVIDERS.iter().map(|provider| provider.id.to_owned());
    let aliases = table::PROVIDERS.iter().flat_map(Provider::aliases).flat_map(examples);
    for name in ids.chain(aliases) {
        for name in [name.to_uppercase(), format!(" {name}\n"), format!("my-{name}-2"), name] {
            let theirs = calculator.find_provider(Some(&name), None).unwrap();
            let Some((theirs, model)) = theirs.and_then(|found| Some((found, found.models().next()?))) else {
                assert_eq!(find(Some(&name), "gpt-4o").err(), Some(Unpriced::UnknownProvider), "{name:?}");
                continue;
            };
            let model_of = |provider: &str| find(Some(provider), model.id()).map(|found| found.model.id);
            assert_eq!(model_of(&name), model_of(theirs.id()), "{name:?}");
        }
    }
}

/// Names that a rule fits, or nearly.
fn examples(rule: &Rule) -> Vec<String> {
    match *rule {
        Rule::Equals(text) => vec![text.to_owned(), text.to_uppercase(), compact(text)],
        Rule::StartsWith(text) => vec![text.to_owned(), format!("{text}-x"), format!("{text}-tts"), format!("x{text}")],
        Rule::EndsWith(text) => vec![text.to_owned(), format!("x-{text}"), format!("{text}x")],
        Rule::Contains(text) => vec![text.to_owned(), format!("x-{text}-x"), format!("{text}-20250101")],
        Rule::Pattern(text) | Rule::PatternStart(text) => {
            let name = text.replace("####-##-##", "2026-01-02").replace("########", "20260102").replace('#', "1");
            vec![compact(&name), format!("{name}9"), name.replace("01", "0x"), name]
        }
        Rule::All(rules) | Rule::Any(rules) | Rule::NoneOf(rules) => {
            let rules: Vec<String> = Rule::within(rules).iter().flat_map(examples).collect();
            // What several must fit at once, as `huggingface` and `groq`.
            let joined = rules.join("-");
            rules.into_iter().chain([joined]).collect()
        }
    }
}

/// A name with its date as `20260102` instead of `2026-01-02`.
fn compact(name: &str) -> String {
    let date = name.match_indices("-20").find_map(|(dash, _)| {
        let date = name.get(dash + 1..dash + 11)?;
        (date.bytes().filter(|byte| *byte == b'-').count() == 2).then_some(date)
    });
    date.map_or_else(|| name.to_owned(), |date| name.replace(date, &date.replace('-', "")))
}

/// What genai-prices is told of a call of a service tier.
fn context(tier: ServiceTier) -> (&'static str, &'static str) {
    let key = if tier == ServiceTier::Batch { "processing" } else { "service_tier" };
    (key, tier.as_str())
}

/// How many prices of a name agree, or where one does not.
fn compare(calculator: &Calculator, provider: Option<&str>, name: &str) -> Result<u32, String> {
    let found = find(provider, name);
    let mut cases = cases();
    if let (Ok(found), Some(_)) = (found, provider) {
        cases.extend(edges(found.model));
    }
    // Without prices by tier both take the standard one: once is enough for most names.
    let tiers = |found: Priced| if found.model.variants().is_empty() { 1 } else { ServiceTier::ALL.len() };
    let tiers = ServiceTier::ALL.into_iter().take(found.map_or(0, tiers));
    let mut compared = 0;
    for (tier, (usage, second)) in
        std::iter::once(None).chain(tiers.map(Some)).flat_map(|tier| cases.iter().map(move |case| (tier, *case)))
    {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let ours = found.and_then(|found| found.total(&usage, tier, i64::try_from(second).unwrap()));
        let theirs = price(calculator, provider, name, usage, tier, at);
        let fault = || format!("{found:?} {ours:?}, not {theirs:?}, for {usage:?} {tier:?} at {second}");
        match (ours, &theirs) {
            (Err(Unpriced::UnknownModel), Err(ErrorKind::ProviderNotFound | ErrorKind::ModelNotFound)) => {}
            (_, Err(ErrorKind::ProviderNotFound | ErrorKind::ModelNotFound))
                if provider.is_none() && name.contains('/') => {}
            (Err(Unpriced::NoTokenPrice), Ok((_, dollars))) if *dollars == 0.0 => {}
            (Ok(cost), Ok((model, dollars))) => {
                let nanos = dollars * 1e9;
                // Half a nano-dollar for our rounding; what floats are out by;
                // and for the rates that the generator had to round, at most
                // half a nano-dollar in a million tokens.
                let slack = 0.5 + nanos * 1e-12 + usage.total_tokens() as f64 * 0.5e-6;
                let same_model = found.is_ok_and(|found| found.model.id == model);
                if !same_model || (cost.as_nanos() as f64 - nanos).abs() > slack {
                    return Err(fault());
                }
                compared += 1;
            }
            _ => return Err(fault()),
        }
    }
    Ok(compared)
}

const TRILLION: u64 = 1_000_000_000_000;

/// Usages of all kinds, each at a time in seconds since 1970.
fn cases() -> Vec<(Usage, u64)> {
    vec![
        (Usage::new(1_000, 200), 1_710_000_000), // 2024-03-09 16:00 UTC
        (Usage::new(1, 1), 1_781_492_400),       // 2026-06-15 03:00
        (Usage::new(123_457, 8_191).cache_read(100_003).cache_write(1_009).reasoning(4_999), 1_795_449_600),
        (Usage::new(200_001, 77).cache_read(3), 1_795_489_200),
        (Usage::new(300_000, 12_345).cache_write(299_000), 1_761_955_200), // 2025-11-01 00:00
        (Usage::new(1_000_003, 65_537).cache_read(7).reasoning(65_537), 1_830_297_600), // 2028-01-01 00:00
    ]
}

/// Usages and times on both sides of where the model's price changes, and so
/// many tokens that a rate shows which is out by its last digit.
fn edges(model: &Model) -> Vec<(Usage, u64)> {
    let usage = Usage::new(1_009, 2_003).cache_read(307).cache_write(401).cache_write_1h(211);
    let mut times: BTreeSet<u64> = BTreeSet::from([1_795_449_600]); // 2026-11-23 16:00
    let mut lengths = BTreeSet::new();
    let midnight = 1_795_392_000; // 2026-11-23
    let prices = model.prices().iter().map(|price| (&price.when, price.rates()));
    let variants = model.variants().iter().map(|variant| (&variant.when, variant.rates()));
    for (when, rates) in prices.chain(variants) {
        let second = |second: i64| u64::try_from(second).unwrap();
        match *when {
            When::Always => {}
            When::Since(start) => times.extend([second(start) - 1, second(start)]),
            When::Daily { from, until } => {
                times.extend(
                    [from, until].into_iter().flat_map(|at| [midnight + second(at) - 1, midnight + second(at)]),
                );
            }
        }
        lengths.extend(rates.iter().flat_map(|rate| rate.tiers()).map(|tier| tier.above));
    }
    let mut edges: Vec<(Usage, u64)> = times.iter().map(|at| (usage, *at)).collect();
    edges.extend(
        [
            Usage::new(TRILLION, 0),
            Usage::new(0, TRILLION),
            Usage::new(TRILLION, 0).cache_read(TRILLION),
            Usage::new(TRILLION, 0).cache_write(TRILLION),
            Usage::new(TRILLION, 0).cache_write(TRILLION).cache_write_1h(TRILLION),
            Usage::new(0, TRILLION).reasoning(TRILLION),
        ]
        .map(|usage| (usage, midnight)),
    );
    for length in lengths.into_iter().flat_map(|length| [length, length + 1]) {
        let usage = Usage { input_tokens: length, ..usage };
        edges.extend(times.iter().map(|at| (usage, *at)));
    }
    edges
}

/// The model and the dollars by genai-prices, without what is not a token's.
fn price(
    calculator: &Calculator,
    provider: Option<&str>,
    model: &str,
    usage: Usage,
    tier: Option<ServiceTier>,
    at: SystemTime,
) -> Result<(String, f64), ErrorKind> {
    let usage = genai_prices::Usage::from([
        (UsageKey::INPUT_TOKENS, usage.input_tokens as f64),
        (UsageKey::OUTPUT_TOKENS, usage.output_tokens as f64),
        (UsageKey::CACHE_READ_TOKENS, usage.cache_read_tokens as f64),
        (UsageKey::CACHE_WRITE_TOKENS, usage.cache_write_tokens as f64),
        (UsageKey::CACHE_WRITE_1H_TOKENS, usage.cache_write_1h_tokens as f64),
        (UsageKey::OUTPUT_REASONING_TOKENS, usage.reasoning_tokens as f64),
    ]);
    let mut request = PriceRequest::new(model, &usage).with_timestamp(at);
    if let Some(provider) = provider {
        request = request.with_provider_id(provider);
    }
    if let Some((key, word)) = tier.map(context) {
        request = request.with_price_context(key, word);
    }
    let price = calculator.calculate(&request).map_err(|error| error.kind())?;
    // The total also has the price of a request as such, which is no token's.
    Ok((price.model_id, price.input_price + price.output_price))
}
