//! What is read off every provider's recorded answers (`tests/responses`), through a
//! function that returns one as a `serde_json::Value`: as expected, and as genai-prices
//! reads and prices the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, SystemTime};

use arc_obs::testing::{FinishedOperation, ManualClock, capture};
use arc_obs::{Usage, track_llm};
use arc_obs_tests::clients;
use arc_obs_tests::responses::{self, Extractor, Recorded};
use genai_prices::{ExtractRequest, PriceRequest, UsageKey};
use serde_json::Value;

/// The names in an attribute are literals, so there is a function for each pair.
macro_rules! ask_any {
    ($($provider:literal, $model:literal;)*) => {
        fn ask(provider: &str, model: &str, answer: Value) -> Value {
            match (provider, model) {
                $(($provider, $model) => {
                    #[track_llm(model = $model, provider = $provider, unpriced)]
                    fn ask(answer: Value) -> Value {
                        answer
                    }
                    ask(answer)
                })*
                _ => panic!("add `{provider:?}, {model:?};` to `ask_any!`"),
            }
        }
    };
}

ask_any! {
    "anthropic", "claude-opus-4-8";
    "anthropic", "claude-sonnet-4-5";
    "anthropic", "claude-sonnet-4-6";
    "aws.bedrock", "us.amazon.nova-micro-v1:0";
    "aws.bedrock", "us.amazon.nova-pro-v1:0";
    "aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
    "azure.ai.openai", "gpt-4o";
    "azure.ai.openai", "gpt-5.4";
    "cerebras", "gpt-oss-120b";
    "cloudflare", "@cf/meta/llama-3.3-70b-instruct-fp8-fast";
    "cloudflare", "@cf/openai/gpt-oss-120b";
    "cohere", "command-a-03-2025";
    "cohere", "command-r7b-12-2024";
    "cohere", "embed-v4.0";
    "databricks", "databricks-gpt-oss-120b";
    "deepseek", "deepseek-v4-flash";
    "deepseek", "deepseek-v4-pro";
    "fireworks", "accounts/fireworks/models/kimi-k2p5";
    "gcp.gemini", "gemini-2.5-flash";
    "gcp.gemini", "gemini-3-flash-preview";
    "gcp.gemini", "gemini-embedding-001";
    "gcp.vertex_ai", "gemini-2.5-flash";
    "gcp.vertex_ai", "gemini-2.5-pro";
    "groq", "llama-3.3-70b-versatile";
    "groq", "openai/gpt-oss-120b";
    "groq", "openai/gpt-oss-20b";
    "huggingface_together", "deepseek-ai/DeepSeek-R1";
    "minimax", "MiniMax-M2";
    "mistral_ai", "mistral-large-latest";
    "mistral_ai", "mistral-small-latest";
    "moonshotai", "kimi-k2.5";
    "ollama", "all-minilm";
    "ollama", "llama3.2";
    "ollama", "qwen3:8b";
    "openai", "gpt-4o";
    "openai", "gpt-5";
    "openai", "gpt-5.4";
    "openai", "gpt-5.6-sol";
    "openai", "text-embedding-3-large";
    "openai", "text-embedding-3-small";
    "openai", "text-embedding-ada-002";
    "openrouter", "anthropic/claude-sonnet-4.6";
    "openrouter", "openai/gpt-5-mini";
    "openrouter", "openai/gpt-5.6-sol";
    "openrouter", "qwen/qwen3-30b-a3b-instruct-2507";
    "perplexity", "sonar";
    "perplexity", "sonar-deep-research";
    "together", "meta-llama/Llama-3.3-70B-Instruct-Turbo";
    "voyageai", "voyage-3.5";
    "x_ai", "grok-4-fast-non-reasoning";
    "x_ai", "grok-4-fast-reasoning";
    "zai", "glm-4.7";
}

/// A date at which all of them are priced, since some prices depend on it: a Monday at noon.
fn date() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_435_200)
}

/// The call of a function that returns this answer.
fn call(ask: impl FnOnce()) -> FinishedOperation {
    let clock = ManualClock::new();
    clock.set_date(date());
    let capture = capture().with_clock(&clock);
    ask();
    let mut calls = capture.llm_calls();
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

fn called(recorded: &Recorded) -> FinishedOperation {
    call(|| drop(ask(&recorded.provider, &recorded.model, recorded.body())))
}

#[test]
fn every_answer_is_read_as_expected() {
    let mut wrong = Vec::new();
    for recorded in responses::recorded() {
        let call = called(&recorded);
        let cost = call.cost.map(|cost| cost.as_nanos());
        let expected = (recorded.usage(), recorded.response_model.as_deref());
        // Where genai-prices says what it costs, `genai_prices_reads_and_prices_them_the_same` asks it.
        let no_oracle = recorded.genai_prices.is_none() || recorded.differs.is_some();
        let priced = !no_oracle || cost == recorded.cost_nanos;
        if (call.usage, call.response_model.as_deref()) != expected || !priced {
            wrong.push(format!("{}: {:?} {:?} {cost:?}", recorded.file, call.usage, call.response_model));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_answer_contradicts_itself() {
    for recorded in responses::recorded() {
        let capture = capture();
        ask(&recorded.provider, &recorded.model, recorded.body());
        for reason in ["negative", "overflow", "contradiction", "panicked"] {
            let flaws = capture.value("arc_obs_usage_inconsistent_total", &[("reason", reason)]);
            assert_eq!(flaws, Some(0.0), "{}: {reason}", recorded.file);
        }
    }
}

/// A model that nobody sells, so that only what the provider says of the cost is left.
#[track_llm(model = "a-model-without-a-price", unpriced)]
fn unpriced(answer: Value) -> Value {
    answer
}

#[test]
fn a_cost_that_the_provider_reports_is_kept() {
    let mut reported = 0;
    for recorded in responses::recorded() {
        let mut body = recorded.body();
        for name in ["model", "modelVersion"] {
            body.as_object_mut().unwrap().remove(name);
        }
        let call = call(|| drop(unpriced(body)));
        assert_eq!(call.cost.map(|cost| cost.as_nanos()), recorded.reported_cost_nanos, "{}", recorded.file);
        reported += usize::from(call.cost.is_some());
    }
    assert!(reported > 8, "{reported}");
}

/// What genai-prices reads and prices of the same answer, in nano-dollars.
fn oracle(recorded: &Recorded, extractor: &Extractor) -> (Usage, Option<f64>) {
    let body = recorded.body();
    let request =
        ExtractRequest::from_value(&body).with_provider_id(&extractor.provider).with_api_flavor(&extractor.flavor);
    let extracted = genai_prices::extract_usage(&request).unwrap_or_else(|error| panic!("{}: {error}", recorded.file));
    let count = |key: UsageKey| extracted.usage.get(key).unwrap_or(0.0) as u64;
    let usage = Usage::new(count(UsageKey::INPUT_TOKENS), count(UsageKey::OUTPUT_TOKENS))
        .cache_read(count(UsageKey::CACHE_READ_TOKENS))
        .cache_write(count(UsageKey::CACHE_WRITE_TOKENS))
        .cache_write_1h(count(UsageKey::CACHE_WRITE_1H_TOKENS))
        .reasoning(count(UsageKey::OUTPUT_REASONING_TOKENS));
    // Answers that name no model are priced by the one that was asked for.
    let request = extracted
        .price_request()
        .unwrap_or_else(|| PriceRequest::new(&recorded.model, &extracted.usage).with_provider_id(&extractor.provider));
    let price = genai_prices::calculate(&request.with_timestamp(date())).ok();
    (usage, price.map(|price| price.total_price * 1e9))
}

/// Whether a whole number of nano-dollars is that float, rounded: either way at a half,
/// which a float mostly misses.
fn is_rounded(ours: Option<u64>, theirs: Option<f64>) -> bool {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours as f64 - theirs).abs() <= 0.5 + 1e-6,
        (ours, theirs) => ours.is_none() && theirs.is_none(),
    }
}

#[test]
fn genai_prices_reads_and_prices_them_the_same() {
    let (mut compared, mut priced, mut wrong) = (0, 0, Vec::new());
    for recorded in responses::recorded() {
        let Some(extractor) = &recorded.genai_prices else { continue };
        let call = called(&recorded);
        let cost = call.cost.map(|cost| cost.as_nanos());
        let (usage, price) = oracle(&recorded, extractor);
        let same = call.usage == Some(usage) && is_rounded(cost, price);
        // A reason for what is no longer so is wrong as well.
        if same != recorded.differs.is_none() {
            wrong.push(format!("{}: {:?} {cost:?}, theirs {usage:?} {price:?}", recorded.file, call.usage));
        }
        priced += usize::from(same && cost.is_some());
        compared += 1;
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared > 60 && priced > 60, "{compared} compared, {priced} priced");
}

/// The README's table is made of what these tests hold: `ARC_OBS_BLESS=1` writes it.
#[test]
fn the_readmes_table_is_what_the_tests_say() {
    const MARKS: [&str; 2] = ["<!-- clients: begin -->\n", "<!-- clients: end -->"];
    let path = responses::folder().join("../../README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(MARKS[0]).unwrap();
    let (written, after) = rest.split_once(MARKS[1]).unwrap();
    let table = format!("\n{}\n", clients::table());
    if std::env::var_os("ARC_OBS_BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, format!("{before}{}{table}{}{after}", MARKS[0], MARKS[1])).unwrap();
        return;
    }
    assert_eq!(written, table, "README.md is behind; run this test with ARC_OBS_BLESS=1");
}

/// The providers of which there is one answer, or as many kinds as there are.
const FEWER: [&str; 11] = [
    "cerebras",
    "cloudflare",
    "databricks",
    "fireworks",
    "huggingface",
    "minimax",
    "moonshotai",
    "perplexity",
    "together",
    "voyage",
    "zai",
];

#[test]
fn every_provider_has_three_answers_and_each_is_described() {
    let mut cases: BTreeMap<String, usize> = BTreeMap::new();
    let mut listed = BTreeSet::new();
    for recorded in responses::recorded() {
        *cases.entry(recorded.place().0.to_owned()).or_default() += 1;
        assert!(listed.insert(recorded.file.clone()), "{} is there twice", recorded.file);
    }
    for (provider, cases) in &cases {
        assert!(*cases >= 3 || FEWER.contains(&provider.as_str()), "{provider}: {cases}");
    }
    let readme = fs::read_to_string(responses::folder().join("README.md")).unwrap();
    for folder in fs::read_dir(responses::folder()).unwrap().map(|entry| entry.unwrap()) {
        if folder.file_type().unwrap().is_dir() {
            let name = folder.file_name().into_string().unwrap();
            assert!(readme.contains(&format!("| `{name}` |")), "README.md does not say where {name}'s come from");
            for file in fs::read_dir(folder.path()).unwrap() {
                let file = format!("{name}/{}", file.unwrap().file_name().into_string().unwrap());
                assert!(listed.contains(&file), "{file} is not in expected.json");
            }
        }
    }
}
