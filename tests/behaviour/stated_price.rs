//! Prices, their absence and service tiers as the attribute states them.

use arc_obs::{Usage, track_agent, track_llm};
use arc_obs_tests::page;
use serde_json::{Value, json};

fn cost(model: &str) -> Option<f64> {
    page::value("arc_llm_cost_dollars", &[("model", model)])
}

fn unpriced(model: &str) -> f64 {
    page::sum("arc_llm_unpriced_calls_total", &[("model", model)])
}

#[test]
fn a_price_at_the_attribute_is_the_price() {
    #[track_llm(model = "stated-model", price(input = 0.2, output = 0.6), usage = |_| Usage::new(1_000_000, 500_000))]
    fn ask() {}
    #[track_agent("stated_agent")]
    fn agent() {
        ask();
    }
    agent();
    assert_eq!((cost("stated-model"), unpriced("stated-model")), (Some(0.5), 0.0));
    assert_eq!(page::value("arc_agent_cost_dollars_total", &[("agent_name", "stated_agent")]), Some(0.5));
}

#[test]
fn each_kind_of_tokens_can_have_its_rate() {
    #[track_llm(
        model = "stated-kinds",
        provider = "acme",
        price(input = 10, output = 20, cache_read = 1, cache_write = 12.5, cache_write_1h = 16, reasoning = 30.000_000_001),
        usage = |_| Usage::new(1_000_000, 200_000)
            .cache_read(500_000)
            .cache_write(300_000)
            .cache_write_1h(100_000)
            .reasoning(100_000)
    )]
    fn ask() {}
    ask();
    // 0.2 M at 10, 0.5 at 1, 0.2 at 12.5, 0.1 at 16; 0.1 at 20 and 0.1 at 30.
    assert_eq!(cost("stated-kinds"), Some(2.0 + 0.5 + 2.5 + 1.6 + 2.0 + 3.0));
}

#[test]
fn it_wins_over_the_table_also_where_another_model_answered() {
    #[track_llm(model = "gpt-3.5-turbo", price(input = 7, output = 7))]
    fn ask(answered: &str) -> Value {
        json!({"model": answered, "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0}})
    }
    ask("gpt-3.5-turbo");
    ask("gpt-4o");
    assert_eq!(cost("gpt-3.5-turbo"), Some(14.0));
}

#[test]
fn a_free_model_costs_nothing_and_is_not_unpriced() {
    #[track_llm(model = "stated-free", price(input = 0, output = 0), usage = |_| Usage::new(10, 10))]
    fn ask() {}
    ask();
    assert_eq!((cost("stated-free"), unpriced("stated-free")), (Some(0.0), 0.0));
}

#[test]
fn unpriced_counts_tokens_and_no_cost() {
    #[track_llm(model = "stated-unpriced", unpriced, usage = |_| Usage::new(10, 5))]
    fn ask() {}
    ask();
    assert_eq!(page::tokens("stated-unpriced", "prompt"), 10.0);
    assert_eq!((cost("stated-unpriced"), unpriced("stated-unpriced")), (None, 1.0));
}

#[test]
fn unpriced_does_no_harm_to_a_model_that_has_a_price() {
    #[track_llm(model = "gpt-4.1-2025-04-14", unpriced, usage = |_| Usage::new(1_000_000, 0))]
    fn ask() {}
    ask();
    assert_eq!(cost("gpt-4.1-2025-04-14"), Some(2.0), "the table has grown since it was written");
}

#[test]
fn every_service_tier_with_a_price_is_a_word() {
    #[track_llm(model = "o3", tier = "batch", usage = none)]
    fn batch() {}
    #[track_llm(model = "o3", tier = "flex", usage = none)]
    fn flex() {}
    #[track_llm(model = "o3", tier = "priority", usage = none)]
    fn priority() {}
    #[track_llm(model = "o3", tier = "default", usage = none)]
    fn default() {}
    #[track_llm(model = "o3", tier = "standard", usage = none)]
    fn standard() {}
    batch();
    flex();
    priority();
    default();
    standard();
    assert_eq!(page::llm("o3", "success"), 5.0);
}

#[test]
fn what_a_macro_passes_on_is_read() {
    macro_rules! model {
        ($name:ident, $model:literal, $provider:expr, $rate:literal) => {
            #[track_llm(model = $model, provider = $provider, price(input = $rate, output = $rate), usage = million)]
            fn $name() {}
        };
    }
    fn million<T>(_: &T) -> Usage {
        Usage::new(1_000_000, 0)
    }
    model!(ask, "stated-macro", "acme", 0.25);
    ask();
    assert_eq!(cost("stated-macro"), Some(0.25));
}
