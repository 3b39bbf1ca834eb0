//! Prices of models that many programs call, by the way the hub asks for them.
//!
//! The expected numbers are those of the providers' price lists, in dollars per
//! million tokens. That the rest of the table is right too is `oracle`'s work.

use std::time::{Duration, SystemTime};

use super::rate::unix_seconds;
use super::*;
use crate::operation::{Cost, Usage, Usd};

/// A time after every change of price that these tests know of.
fn now() -> SystemTime {
    on(1_800_000_000) // 2027-01-15 08:00 UTC
}

fn on(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

fn cost_on(provider: Option<&str>, model: &str, usage: Usage, at: SystemTime) -> Result<Usd, Unpriced> {
    find(provider, model)?.total(&usage, None, unix_seconds(at))
}

fn cost(model: &str, usage: Usage) -> Result<Usd, Unpriced> {
    cost_on(None, model, usage, now())
}

fn dollars(text: &str) -> Result<Usd, Unpriced> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    Ok(Usd::from_nanos(format!("{whole}{fraction:0<9}").parse().unwrap()))
}

const MILLION: u64 = 1_000_000;

#[test]
fn the_five_models_of_the_guide_have_its_prices() {
    for (model, input, output) in [
        ("gpt-4o", "2.50", "10"),
        ("gpt-4o-mini", "0.15", "0.60"),
        ("gpt-4-turbo", "10", "30"),
        ("claude-3-5-sonnet", "3", "15"),
        ("claude-3-haiku", "0.25", "1.25"),
    ] {
        assert_eq!(cost(model, Usage::new(MILLION, 0)), dollars(input), "{model}");
        assert_eq!(cost(model, Usage::new(0, MILLION)), dollars(output), "{model}");
    }
}

#[test]
fn a_dated_model_is_not_its_namesake() {
    assert_eq!(cost("gpt-4o-2024-05-13", Usage::new(MILLION, 0)), dollars("5"));
    assert_eq!(cost("gpt-4o-2024-05-13", Usage::new(0, MILLION)), dollars("15"));
    assert_eq!(cost("gpt-4o-2024-08-06", Usage::new(MILLION, 0)), dollars("2.50"));
    // As gateways write it.
    assert_eq!(cost("gpt-4o-20240513", Usage::new(MILLION, 0)), dollars("5"));
}

#[test]
fn cached_tokens_are_billed_once_at_their_own_price() {
    // input 3, cache read 0.30, cache write 3.75
    let usage = Usage::new(MILLION, 0).cache_read(600_000).cache_write(100_000);
    assert_eq!(cost("claude-3-5-sonnet", usage), dollars("1.455"));
    // Without a price for the cache they are the input they are part of.
    let usage = Usage::new(MILLION, 0).cache_read(600_000).cache_write(100_000);
    assert_eq!(cost("gpt-4-turbo", usage), dollars("10"));
}

#[test]
fn more_cached_tokens_than_input_cost_no_less_than_nothing() {
    let usage = Usage::new(100_000, 0).cache_read(MILLION);
    assert_eq!(cost("claude-3-5-sonnet", usage), dollars("0.30"));
    let usage = Usage::new(0, 0).cache_read(MILLION).cache_write(MILLION);
    assert_eq!(cost("claude-3-5-sonnet", usage), dollars("4.05"));
}

#[test]
fn reasoning_is_output_unless_it_has_a_price() {
    assert_eq!(cost("o1", Usage::new(0, MILLION).reasoning(MILLION)), dollars("60"));
    // output 8, reasoning 3
    let usage = Usage::new(0, MILLION).reasoning(500_000);
    assert_eq!(cost_on(Some("perplexity"), "sonar-deep-research", usage, now()), dollars("5.5"));
}

#[test]
fn a_long_prompt_is_billed_at_its_tier_altogether() {
    let grok = |usage| cost_on(Some("x_ai"), "grok-4.3", usage, now());
    assert_eq!(grok(Usage::new(199_999, 0)), dollars("0.24999875"));
    assert_eq!(grok(Usage::new(200_000, 0)), dollars("0.50"));
    // Output and cached tokens have tiers too, by the length of the prompt.
    assert_eq!(grok(Usage::new(200_000, MILLION)), dollars("5.50"));
    assert_eq!(grok(Usage::new(199_999, MILLION)), dollars("2.74999875"));
    assert_eq!(grok(Usage::new(200_000, 0).cache_read(200_000)), dollars("0.08"));
}

#[test]
fn a_call_has_the_price_of_its_day() {
    let midnight = 1_777_507_200; // 2026-04-30
    let grok = |at| cost_on(Some("x-ai"), "grok-4.20", Usage::new(100_000, 0), at);
    assert_eq!(grok(on(midnight - 1)), dollars("0.20"));
    assert_eq!(grok(on(midnight)), dollars("0.125"));
    assert_eq!(grok(SystemTime::UNIX_EPOCH - Duration::from_secs(1)), dollars("0.20"));
}

#[test]
fn a_call_has_the_price_of_its_hour() {
    let midnight = 1_800_000_000 / 86_400 * 86_400;
    let deepseek = |at| cost_on(None, "deepseek-reasoner", Usage::new(MILLION, 0), on(at));
    assert_eq!(deepseek(midnight), dollars("0.135"));
    assert_eq!(deepseek(midnight + 30 * 60), dollars("0.55"));
    assert_eq!(deepseek(midnight + 16 * 3_600), dollars("0.55"));
    assert_eq!(deepseek(midnight + 16 * 3_600 + 30 * 60), dollars("0.135"));
}

#[test]
fn a_service_tier_has_its_own_price_where_the_model_has_one() {
    use crate::operation::ServiceTier::{Batch, Flex, Priority};
    // input 1.25, cache read 0.125, output 10; flex is half of it, priority twice
    let usage = Usage::new(MILLION, MILLION).cache_read(MILLION / 2);
    let cost = |provider, model, tier| find(provider, model)?.total(&usage, tier, unix_seconds(now()));
    for (tier, text) in
        [(None, "10.6875"), (Some(Flex), "5.34375"), (Some(Priority), "21.375"), (Some(Batch), "5.34375")]
    {
        assert_eq!(cost(Some("openai"), "gpt-5", tier), dollars(text), "{tier:?}");
    }
    // Azure sells it at OpenAI's price, but not at that of its tiers.
    assert_eq!(cost(Some("azure"), "gpt-5", Some(Flex)), dollars("10.6875"));
    // No price of its own.
    assert_eq!(cost(Some("openai"), "o1", Some(Flex)), cost(Some("openai"), "o1", None));
}

#[test]
fn a_price_by_service_tier_begins_at_its_date() {
    use crate::operation::ServiceTier::Batch;
    let since = 1_791_936_000; // 2026-10-14
    let cost =
        |at| find(Some("anthropic"), "claude-haiku-4-5")?.total(&Usage::new(MILLION, 0), Some(Batch), unix_seconds(at));
    assert_eq!(cost(on(since - 1)), dollars("1"));
    assert_eq!(cost(on(since)), dollars("0.50"));
}

#[test]
fn a_cost_says_what_it_is_made_of() {
    let usage = Usage::new(300_000, 1_000).cache_read(100_000).cache_write(50_000).cache_write_1h(20_000);
    let lines = |model: &str, provider, tier| {
        let cost = PriceTable::bundled().request(model).provider(provider).service_tier(tier).at(now()).cost(&usage);
        let cost = cost.unwrap();
        assert_eq!(cost.total(), cost.lines().iter().fold(Usd::ZERO, |sum, line| sum.saturating_add(line.amount)));
        let lines: Vec<String> = cost.lines().iter().map(ToString::to_string).collect();
        (cost.provider().map(str::to_owned), cost.model().to_owned(), cost.service_tier(), lines)
    };
    let (provider, model, tier, found) = lines("claude-3-5-sonnet-20241022", "anthropic", "flex");
    assert_eq!((provider.as_deref(), model.as_str(), tier), (Some("anthropic"), "claude-3-5-sonnet", None));
    assert_eq!(
        found,
        [
            "150000 input tokens at $3.00 a million: $0.45",
            "100000 cache_read tokens at $0.30 a million: $0.03",
            "30000 cache_write tokens at $3.75 a million: $0.1125",
            "20000 cache_write_1h tokens at $6.00 a million: $0.12",
            "1000 output tokens at $15.00 a million: $0.015",
        ]
    );
    let (_, model, tier, found) = lines("grok-4.3", "x_ai", "batch");
    assert_eq!(model, "grok-4.3");
    assert!(found.iter().all(|line| line.contains(" (prompt above 199999 tokens): ")), "{tier:?} {found:?}");
}

#[test]
fn a_cost_is_the_total_that_is_counted() {
    let usage = Usage::new(123_457, 8_191).cache_read(100_003).cache_write(1_009).reasoning(4_999);
    for provider in &table::PROVIDERS {
        for model in provider.models() {
            for tier in [None, Some("flex"), Some("batch")] {
                let priced = Priced { provider, model, own: true };
                let total =
                    priced.total(&usage, tier.and_then(crate::operation::ServiceTier::named), unix_seconds(now()));
                let cost =
                    priced.cost(&usage, tier.and_then(crate::operation::ServiceTier::named), unix_seconds(now()));
                assert_eq!(total, cost.as_ref().map(Cost::total).map_err(|reason| *reason), "{priced:?}");
                let Ok(cost) = cost else { continue };
                let sum: u64 = cost.lines().iter().map(|line| line.amount.as_nanos()).sum();
                assert_eq!(sum, cost.total().as_nanos(), "{priced:?}");
                for line in cost.lines() {
                    // To the nano-dollar, up or down.
                    let exact = u128::from(line.tokens) * u128::from(line.rate.as_nanos());
                    assert!((u128::from(line.amount.as_nanos()) * 1_000_000).abs_diff(exact) < 1_000_000, "{line}");
                }
            }
        }
    }
}

#[test]
fn the_sum_is_rounded_once_half_up() {
    // 435 and 870 nano-dollars a token, and 3.625 for one read from the cache.
    let deepseek = |usage| cost_on(Some("deepseek"), "deepseek-v4-pro", usage, on(72_000));
    let cached = |tokens| deepseek(Usage::new(tokens, 0).cache_read(tokens));
    assert_eq!(cached(1), Ok(Usd::from_nanos(4)));
    assert_eq!(cached(4), Ok(Usd::from_nanos(15)), "14.5");
    assert_eq!(cached(5), Ok(Usd::from_nanos(18)), "18.125");
    assert_eq!(deepseek(Usage::new(2, 1).cache_read(1)), Ok(Usd::from_nanos(1_309)), "435 + 3.625 + 870");
}

#[test]
fn the_largest_usage_saturates() {
    let most = Usage::new(u64::MAX, u64::MAX);
    let cached = most.cache_read(u64::MAX).cache_write(u64::MAX).reasoning(u64::MAX);
    for provider in &table::PROVIDERS {
        for model in provider.models() {
            let priced = Priced { provider, model, own: true };
            let some = priced.total(&Usage::new(MILLION, MILLION), None, unix_seconds(now()));
            for usage in [most, cached] {
                let cost = priced.total(&usage, None, unix_seconds(now()));
                match some {
                    Ok(Usd::ZERO) | Err(_) => assert_eq!(cost, some, "{priced:?}"),
                    Ok(_) => assert_eq!(cost, Ok(Usd::from_nanos(u64::MAX)), "{priced:?}"),
                }
            }
        }
    }
}

#[test]
fn nothing_used_costs_nothing() {
    assert_eq!(cost("gpt-4o", Usage::default()), Ok(Usd::ZERO));
}

#[test]
fn a_kind_of_tokens_without_price_costs_nothing_beside_one_that_has() {
    let usage = Usage::new(MILLION, MILLION);
    assert_eq!(cost_on(Some("openai"), "text-embedding-3-small", usage, now()), dollars("0.02"));
}

#[test]
fn what_is_not_known_has_a_reason_and_no_cost() {
    let usage = Usage::new(1, 1);
    for (provider, model, reason) in [
        (None, "gpt-nonesuch", Unpriced::UnknownModel),
        (None, "my-own-model", Unpriced::UnknownModel),
        (None, "", Unpriced::UnknownModel),
        (None, "/", Unpriced::UnknownModel),
        (None, "acme/my-own-model", Unpriced::UnknownModel),
        (Some("openai"), "claude-3-haiku", Unpriced::UnknownModel),
        (Some("acme"), "gpt-4o", Unpriced::UnknownProvider),
        (Some(""), "gpt-4o", Unpriced::UnknownProvider),
        (Some("openai"), "whisper-1", Unpriced::NoTokenPrice),
        (Some("openai"), "tts-1", Unpriced::NoTokenPrice),
        (Some("x_ai"), "grok-voice-latest", Unpriced::NoTokenPrice),
        (Some("mistral"), "mistral-ocr-latest", Unpriced::NoTokenPrice),
    ] {
        assert_eq!(cost_on(provider, model, usage, now()), Err(reason), "{provider:?} {model}");
    }
    let all = [Unpriced::UnknownModel, Unpriced::UnknownProvider, Unpriced::NoTokenPrice];
    assert_eq!(all.map(Unpriced::as_str), ["unknown_model", "unknown_provider", "no_token_price"]);
}

#[test]
fn a_free_model_costs_zero_and_is_not_unpriced() {
    let usage = Usage::new(MILLION, MILLION).cache_read(MILLION);
    assert_eq!(cost_on(Some("openrouter"), "deepseek/deepseek-r1:free", usage, now()), Ok(Usd::ZERO));
}

#[test]
fn names_of_providers_and_models_go_in_any_case_and_way() {
    for (provider, model, found) in [
        (None, "gpt-4o", "openai/gpt-4o"),
        (None, "GPT-4o", "openai/gpt-4o"),
        (Some("openai"), "gpt-4o", "openai/gpt-4o"),
        (Some(" OpenAI "), "gpt-4o", "openai/gpt-4o"),
        // Azure sells it at the price of OpenAI.
        (Some("azure.ai.openai"), "gpt-4o", "openai/gpt-4o"),
        (Some("azure"), "grok-4.3", "x-ai/grok-4.3"),
        (Some("gcp.vertex_ai"), "gemini-2.5-pro", "google/gemini-2.5-pro"),
        // Vertex has prices of its own for some of Anthropic's models.
        (Some("gcp.vertex_ai"), "claude-3-haiku", "google/claude-3-haiku"),
        (Some("gcp.vertex_ai"), "claude-3-sonnet", "anthropic/claude-3-sonnet"),
        (Some("moonshot_ai"), "kimi-k2.5", "moonshotai/kimi-k2.5"),
        (None, "gemini-2.5-flash-lite-preview-09-2025", "google/gemini-2.5-flash-lite"),
        (None, "openai/gpt-4o", "openai/gpt-4o"),
        (None, "anthropic/claude-3-haiku", "anthropic/claude-3-haiku"),
        (None, "OpenRouter/openai/gpt-4o", "openrouter/openai/gpt-4o"),
        (None, "x_ai/grok-4.3", "x-ai/grok-4.3"),
        (Some("litellm"), "anthropic/claude-3-haiku", "anthropic/claude-3-haiku"),
        (Some("LiteLLM"), "gpt-4o", "openai/gpt-4o"),
    ] {
        let priced = find(provider, model).map(|priced| format!("{priced:?}"));
        assert_eq!(priced.as_deref(), Ok(found), "{provider:?} {model}");
    }
}

#[test]
fn a_model_that_ends_says_so() {
    assert!(!find(None, "gpt-4o").unwrap().is_deprecated());
    assert!(find(None, "gemini-2.0-flash").unwrap().is_deprecated());
}
