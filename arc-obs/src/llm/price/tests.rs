//! Prices of models that many programs call, by the way the hub asks for them.
//!
//! The expected numbers are those of the providers' price lists, in dollars per
//! million tokens. That the rest of the table is right too is `oracle`'s work.

use std::time::{Duration, SystemTime};

use super::*;
use crate::operation::{Usage, Usd};

/// A time after every change of price that these tests know of.
fn now() -> SystemTime {
    on(1_800_000_000) // 2027-01-15 08:00 UTC
}

fn on(second: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(second)
}

fn cost_on(provider: Option<&str>, model: &str, usage: Usage, at: SystemTime) -> Result<Usd, Unpriced> {
    find(provider, model)?.total(&usage, None, at)
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
            let some = priced.total(&Usage::new(MILLION, MILLION), None, now());
            for usage in [most, cached] {
                let cost = priced.total(&usage, None, now());
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
