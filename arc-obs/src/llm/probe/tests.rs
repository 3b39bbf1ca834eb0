use serde_json::{Value, json};

use super::*;
use crate::operation::{ServiceTier, Usage, UsageFlaws, Usd};

fn probe<T: Serialize + ?Sized>(value: &T) -> Reading {
    super::probe(value, true)
}

fn usage(value: &Value) -> (Option<Usage>, UsageFlaws) {
    let reading = probe(value);
    (reading.usage, reading.flaws)
}

fn flaws(found: &[UsageFlaw]) -> UsageFlaws {
    let mut flaws = UsageFlaws::default();
    found.iter().for_each(|flaw| flaws.add(*flaw));
    flaws
}

#[test]
fn a_chat_completion_reports_its_usage() {
    let answer = json!({
        "model": "gpt-4o-2024-08-06",
        "choices": [{"message": {"content": "usage: 7"}, "usage": {"prompt_tokens": 9}}],
        "usage": {
            "prompt_tokens": 1000, "completion_tokens": 200, "total_tokens": 1200,
            "prompt_tokens_details": {"cached_tokens": 800},
            "completion_tokens_details": {"reasoning_tokens": 150},
        },
    });
    let expected = Usage::new(1000, 200).cache_read(800).reasoning(150);
    assert_eq!(usage(&answer), (Some(expected), UsageFlaws::default()));
}

#[test]
fn usage_inside_content_or_another_object_is_not_the_calls() {
    for answer in [
        json!({"choices": [{"usage": {"prompt_tokens": 9, "completion_tokens": 9}}]}),
        json!({"arguments": {"usage": {"prompt_tokens": 9}}}),
        json!({"prompt_tokens": 9, "completion_tokens": 9}),
        json!({"usage": null}),
        json!({"usage": {"prompt_tokens": "many"}, "flawed": true}),
        json!([{"usage": {"prompt_tokens": 9}}]),
        json!("usage"),
    ] {
        assert_eq!(usage(&answer).0, None, "{answer}");
    }
}

#[test]
fn broken_numbers_are_flagged() {
    let with = |prompt: Value| usage(&json!({"usage": {"prompt_tokens": prompt, "completion_tokens": 1}}));
    assert_eq!(with(json!(-5)), (None, flaws(&[UsageFlaw::Negative])));
    assert_eq!(with(json!(-0.5)), (None, flaws(&[UsageFlaw::Negative])));
    assert_eq!(with(json!(1.5)), (None, flaws(&[UsageFlaw::Overflow])));
    assert_eq!(with(json!(1e300)), (None, flaws(&[UsageFlaw::Overflow])));
    assert_eq!(with(json!(u64::MAX)), (None, flaws(&[UsageFlaw::Overflow])));
    // What is left of a broken usage is not priced as if it were all.
    let half = usage(&json!({"usage": {"prompt_tokens": 1000, "completion_tokens": -5}}));
    assert_eq!(half, (None, flaws(&[UsageFlaw::Negative])));
    let detail = usage(&json!({"usage": {"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": -1}}}));
    assert_eq!(detail, (Some(Usage::new(7, 0)), flaws(&[UsageFlaw::Negative])));
    assert_eq!(with(json!(12.0)), (Some(Usage::new(12, 1)), UsageFlaws::default()));
}

#[test]
fn counts_that_contradict_each_other_are_flagged_and_kept() {
    let sum = json!({"usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 9}});
    assert_eq!(usage(&sum), (Some(Usage::new(1, 2)), flaws(&[UsageFlaw::Contradiction])));
    let part = json!({"usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}}});
    assert_eq!(usage(&part), (Some(Usage::new(1, 0).cache_read(1)), flaws(&[UsageFlaw::Contradiction])));
}

#[test]
fn what_is_not_visited_is_not_serialized() {
    struct Bomb;
    impl Serialize for Bomb {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("an unknown field was visited")
        }
    }
    struct Answer;
    impl Serialize for Answer {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use ser::SerializeMap as _;
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry("data", &Bomb)?;
            map.serialize_entry(&7, &Bomb)?;
            map.serialize_entry("vectors", &[Bomb])?;
            map.serialize_entry("usage", &json!({"prompt_tokens": 3}))?;
            map.end()
        }
    }
    assert_eq!(probe(&Some(&[&Answer][0])).usage, Some(Usage::new(3, 0)));
}

#[test]
fn a_number_kept_as_text_is_read() {
    // What serde_json writes for a number with `arbitrary_precision`.
    let answer = json!({"usage": {"prompt_tokens": {"$serde_json::private::Number": "31"}}});
    assert_eq!(usage(&answer).0, Some(Usage::new(31, 0)));
}

/// Each provider's shape as its API documents it; the recorded answers are in
/// `recorded`.
#[test]
fn every_provider_means_the_same_in_the_end() {
    let plain = Usage::new(100, 40);
    let cached = plain.cache_read(60).cache_write(20);
    for (provider, answer, expected) in [
        (
            "responses",
            json!({"usage": {"input_tokens": 100, "output_tokens": 40, "total_tokens": 140,
            "input_tokens_details": {"cached_tokens": 60}, "output_tokens_details": {"reasoning_tokens": 30}}}),
            plain.cache_read(60).reasoning(30),
        ),
        ("embeddings", json!({"usage": {"prompt_tokens": 100, "total_tokens": 100}}), Usage::new(100, 0)),
        (
            "anthropic",
            json!({"usage": {"input_tokens": 20, "output_tokens": 40, "cache_read_input_tokens": 60,
            "cache_creation_input_tokens": 20, "cache_creation": {"ephemeral_1h_input_tokens": 5,
            "ephemeral_5m_input_tokens": 15}}}),
            cached.cache_write_1h(5),
        ),
        (
            "bedrock",
            json!({"usage": {"inputTokens": 20, "outputTokens": 40, "totalTokens": 140,
            "cacheReadInputTokens": 60, "cacheWriteInputTokens": 20}}),
            cached,
        ),
        (
            "gemini",
            json!({"usageMetadata": {"promptTokenCount": 90, "toolUsePromptTokenCount": 10,
            "candidatesTokenCount": 10, "thoughtsTokenCount": 30, "cachedContentTokenCount": 60,
            "totalTokenCount": 140}, "modelVersion": "gemini-2.5-pro"}),
            plain.cache_read(60).reasoning(30),
        ),
        (
            "cohere",
            json!({"usage": {"billed_units": {"input_tokens": 100, "output_tokens": 40},
            "tokens": {"input_tokens": 900, "output_tokens": 41}}}),
            plain,
        ),
        ("cohere embeddings", json!({"meta": {"billed_units": {"input_tokens": 100}}}), Usage::new(100, 0)),
        ("ollama", json!({"message": {"content": "hi"}, "prompt_eval_count": 100, "eval_count": 40}), plain),
        (
            "xai",
            json!({"usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 140,
            "completion_tokens_details": {"reasoning_tokens": 30}}}),
            plain.reasoning(30),
        ),
        (
            "rig",
            json!({"choice": [], "usage": {"input_tokens": 100, "output_tokens": 40, "total_tokens": 140,
            "cached_input_tokens": 60, "cache_creation_input_tokens": 20},
            "raw_response": {"usage": {"input_tokens": 9}}}),
            cached,
        ),
        (
            "databricks",
            json!({"usage": {"prompt_tokens": 100, "completion_tokens": 40,
            "cache_read_input_tokens": 60}}),
            plain.cache_read(60),
        ),
        (
            "event",
            json!({"type": "response.completed", "response": {"usage": {"input_tokens": 100,
            "output_tokens": 40}}}),
            plain,
        ),
    ] {
        assert_eq!(usage(&answer), (Some(expected), UsageFlaws::default()), "{provider}");
    }
}

#[test]
fn the_usage_nearest_to_the_root_wins_in_either_order() {
    let near = json!({"prompt_tokens": 1, "completion_tokens": 2});
    let far = json!({"usage": {"prompt_tokens": 8, "completion_tokens": 9, "cost": 5.0}});
    // serde_json sorts its keys: `message` comes before `usage`, `zzz` could not.
    for answer in [json!({"message": far, "usage": near}), json!({"usage": near, "result": far})] {
        let reading = probe(&answer);
        assert_eq!(reading.usage, Some(Usage::new(1, 2)), "{answer}");
    }
    assert_eq!(probe(&json!({"message": far, "usage": near})).reported_cost, None);
}

#[test]
fn what_looks_like_usage_and_holds_none_hides_no_other() {
    let far = json!({"usage": {"prompt_tokens": 8, "completion_tokens": 9}});
    for answer in [json!({"meta": {"page": 1}, "result": far}), json!({"usage": null, "message": far})] {
        assert_eq!(usage(&answer), (Some(Usage::new(8, 9)), UsageFlaws::default()), "{answer}");
    }
    // Ollama's, at the root: nearer than any.
    let ollama = json!({"message": far, "prompt_eval_count": 3, "eval_count": 4, "z": far});
    assert_eq!(usage(&ollama).0, Some(Usage::new(3, 4)));
}

#[test]
fn a_model_named_deeper_than_the_usage_is_none() {
    // Cloudflare's JSON mode: `response` is what the model wrote.
    let wrote = json!({"model": "gpt-4o", "usage": {"prompt_tokens": 9, "completion_tokens": 9}});
    let used = json!({"prompt_tokens": 1, "completion_tokens": 2});
    for answer in [json!({"result": {"response": wrote, "usage": used}}), json!({"response": wrote, "usage": used})] {
        let reading = probe(&answer);
        assert_eq!((reading.usage, reading.model), (Some(Usage::new(1, 2)), None), "{answer}");
    }
    let event = probe(&json!({"response": {"model": "gpt-4o", "usage": used}}));
    assert_eq!(event.model.as_deref(), Some("gpt-4o"));
}

#[test]
fn bedrocks_writes_are_told_apart_by_how_long_they_are_kept() {
    let with = |details: Value| {
        let used = json!({"inputTokens": 1, "outputTokens": 1, "cacheWriteInputTokens": 30, "cacheDetails": details});
        usage(&json!({"usage": used}))
    };
    let written = |long| (Some(Usage::new(31, 1).cache_write(30).cache_write_1h(long)), UsageFlaws::default());
    let of = |ttl: &str, tokens: u64| json!({"ttl": ttl, "inputTokens": tokens});
    assert_eq!(with(json!([of("1h", 20), of("5m", 10)])), written(20));
    assert_eq!(with(json!([of("5m", 30)])), written(0));
    assert_eq!(with(json!([{"inputTokens": 30}, 7, null, "1h", [], of("1h", 5)])), written(5));
    assert_eq!(with(json!({"ttl": "1h", "inputTokens": 30})), written(0));
    // No more of a list is read than any response has.
    let counted = with(Value::Array(vec![of("1h", 0); 256].into_iter().chain([of("1h", 5)]).collect()));
    assert_eq!(counted, written(0));
}

#[test]
fn what_compaction_used_is_beside_anthropics_usage() {
    let of = |kind: &str, input: u64, output: u64, written: u64| {
        let kept = json!({"ephemeral_1h_input_tokens": written, "ephemeral_5m_input_tokens": 0});
        json!({"type": kind, "input_tokens": input, "output_tokens": output, "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": written, "cache_creation": kept, "iterations": [{"type": "compaction"}]})
    };
    let with = |iterations: Value| {
        usage(&json!({"usage": {"input_tokens": 229, "output_tokens": 5, "iterations": iterations}}))
    };
    let plain = Usage::new(229, 5);
    let compaction = Usage::new(50_100, 131).cache_write(50_000).cache_write_1h(50_000);
    let none = UsageFlaws::default();
    let message = of("message", 229, 5, 0);
    assert_eq!(with(json!([message])), (Some(plain), none));
    let once = json!([of("compaction", 100, 131, 50_000), message]);
    assert_eq!(with(once), (Some(plain.plus(&compaction)), none));
    let twice = json!([of("compaction", 100, 131, 50_000), of("compaction", 1, 1, 0), message]);
    assert_eq!(with(twice), (Some(plain.plus(&compaction).plus(&Usage::new(1, 1))), none));
    assert_eq!(with(json!([of("advisor_message", 2_518, 22, 0), message])), (Some(plain), none));
    assert_eq!(with(json!([7, null, {"type": "compaction"}, "compaction"])), (Some(plain), none));
    let broken = with(json!([{"type": "compaction", "input_tokens": -1}]));
    assert_eq!(broken, (Some(plain), flaws(&[UsageFlaw::Negative])));
}

#[test]
fn the_model_and_the_providers_own_cost_are_kept() {
    let answer = json!({"model": "openai/gpt-4o", "usage": {"prompt_tokens": 1, "cost": 0.0015}});
    let reading = probe(&answer);
    assert_eq!(reading.model.as_deref(), Some("openai/gpt-4o"));
    assert_eq!(reading.reported_cost, Some(Usd::from_nanos(1_500_000)));
    let genai = json!({"model_iden": {"adapter_kind": "OpenAI", "model_name": "gpt-4o"},
        "provider_model_iden": {"adapter_kind": "OpenAI", "model_name": "gpt-4o-2024-08-06"}});
    assert_eq!(probe(&genai).model.as_deref(), Some("gpt-4o-2024-08-06"));
    let rig = json!({"origin": {"model": "gpt-4o", "response_model": "gpt-4o-2024-08-06"}, "usage": {}});
    assert_eq!(probe(&rig).model.as_deref(), Some("gpt-4o-2024-08-06"));
    let cost = |used: Value| probe(&json!({"usage": used})).reported_cost;
    assert_eq!(cost(json!({"cost": -1})), None);
    assert_eq!(cost(json!({"cost_in_usd_ticks": 37_756_000})), Some(Usd::from_nanos(3_775_600)));
    let itemised = json!({"input_tokens_cost": 1.0, "request_cost": 0.5, "total_cost": 1.5});
    assert_eq!(cost(json!({ "cost": itemised })), Some(Usd::from_nanos(1_500_000_000)));
}

#[test]
fn the_service_tier_is_read_where_each_provider_names_it() {
    use ServiceTier::{Batch, Fast, Flex, Priority};
    for (answer, tier) in [
        // OpenAI chat and responses, Groq.
        (json!({"service_tier": "flex", "usage": {"prompt_tokens": 1}}), Some(Flex)),
        (json!({"usage": {"input_tokens": 1}, "service_tier": "priority"}), Some(Priority)),
        (json!({"response": {"service_tier": "fast", "usage": {"input_tokens": 1}}}), Some(Fast)),
        (json!({"service_tier": "default", "usage": {"prompt_tokens": 1}}), None),
        (json!({"service_tier": null, "usage": {"prompt_tokens": 1}}), None),
        (json!({"service_tier": 3, "usage": {"prompt_tokens": 1}}), None),
        (json!({"service_tier": "on_demand", "usage": {"prompt_tokens": 1}}), None),
        // Anthropic.
        (json!({"usage": {"input_tokens": 1, "service_tier": "batch"}}), Some(Batch)),
        (json!({"usage": {"input_tokens": 1, "service_tier": "standard"}}), None),
        // Bedrock Converse.
        (json!({"serviceTier": {"type": "flex"}, "usage": {"inputTokens": 1, "outputTokens": 1}}), Some(Flex)),
        (json!({"serviceTier": {"kind": "flex"}, "usage": {"inputTokens": 1, "outputTokens": 1}}), None),
        // Gemini, and on Vertex AI.
        (json!({"usageMetadata": {"promptTokenCount": 1, "serviceTier": "priority"}}), Some(Priority)),
        (json!({"usageMetadata": {"promptTokenCount": 1, "trafficType": "ON_DEMAND_FLEX"}}), Some(Flex)),
        (json!({"usageMetadata": {"promptTokenCount": 1, "trafficType": "ON_DEMAND"}}), None),
        // Not of the call.
        (json!({"choices": [{"service_tier": "flex"}], "usage": {"prompt_tokens": 1}}), None),
        (json!({"metadata": {"service_tier": "flex"}, "usage": {"prompt_tokens": 1}}), None),
    ] {
        assert_eq!(probe(&answer).service_tier.flatten(), tier, "{answer}");
    }
}

#[test]
fn a_response_that_says_it_had_the_standard_tier_has_said_so() {
    let said = |answer| probe(&answer).service_tier;
    assert_eq!(said(json!({"service_tier": "default", "usage": {"prompt_tokens": 1}})), Some(None));
    assert_eq!(said(json!({"service_tier": null, "usage": {"prompt_tokens": 1}})), None);
    assert_eq!(said(json!({"usage": {"prompt_tokens": 1}})), None);
}

#[test]
fn the_service_tier_may_be_an_enum_of_the_client() {
    #[derive(serde::Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Tier {
        Flex,
    }
    #[derive(serde::Serialize)]
    struct Answer {
        service_tier: Option<Tier>,
        usage: Tokens,
    }
    #[derive(serde::Serialize)]
    struct Tokens {
        prompt_tokens: u32,
    }
    let reading = probe(&Answer { service_tier: Some(Tier::Flex), usage: Tokens { prompt_tokens: 1 } });
    assert_eq!((reading.service_tier, reading.usage), (Some(Some(ServiceTier::Flex)), Some(Usage::new(1, 0))));
}

#[test]
fn what_only_a_span_tells_is_read_where_one_is_recorded() {
    let used = json!({ "prompt_tokens": 1, "completion_tokens": 1 });
    for (answer, id, reasons) in [
        (json!({ "id": "chatcmpl-1", "usage": used }), Some("chatcmpl-1"), &[][..]),
        (json!({ "responseId": "abc", "usageMetadata": { "promptTokenCount": 1 } }), Some("abc"), &[]),
        (json!({ "response": { "id": "resp_1", "status": "completed", "usage": used } }), Some("resp_1"), &[]),
        // What stands deeper than the usage is content, and what is longer than a name is none.
        (json!({ "message": { "id": "far" }, "usage": used }), None, &[]),
        (json!({ "id": 7, "usage": used }), None, &[]),
        (json!({ "id": "x".repeat(257), "usage": used }), None, &[]),
        (
            json!({
                "choices": [
                    { "finish_reason": "stop", "id": "not this" }, { "finish_reason": null }, { "finish_reason": "length" },
                ],
                "usage": used,
            }),
            None,
            &[FinishReason::Length],
        ),
    ] {
        let reading = probe(&answer);
        let details = reading.details.unwrap();
        assert_eq!((details.response_id.as_deref(), &details.more_finish_reasons[..]), (id, reasons), "{answer}");
        let unrecorded = super::probe(&answer, false);
        assert!(unrecorded.details.is_none(), "{answer}");
        assert_eq!((unrecorded.usage, unrecorded.finish_reason), (reading.usage, reading.finish_reason), "{answer}");
    }
}
