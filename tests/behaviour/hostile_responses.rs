//! Responses that are huge, deep, endless or broken: none harms the call, none takes
//! time or memory in proportion, and what cannot be read is counted.

use std::thread;
use std::time::{Duration, Instant};

use arc_obs::testing::{FinishedOperation, capture};
use arc_obs::{Usage, track_llm};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

#[track_llm(model = "gpt-4o", provider = "openai")]
fn ask<T: Serialize>(answer: &T) -> &T {
    answer
}

/// The call that returns this, and what was found wrong with its usage.
fn read<T: Serialize>(answer: &T) -> (FinishedOperation, Vec<&'static str>) {
    let capture = capture();
    ask(answer);
    let found = |reason: &&str| {
        capture.value("arc_obs_usage_inconsistent_total", &[("reason", reason)]).is_some_and(|count| count > 0.0)
    };
    let flaws = ["negative", "overflow", "contradiction", "panicked"].into_iter().filter(found).collect();
    let missing = capture.value("arc_llm_usage_missing_total", &[("model", "gpt-4o")]).unwrap_or(0.0);
    let call = capture.llm_calls().remove(0);
    assert_eq!(missing, f64::from(u8::from(call.usage.is_none())), "what is not known is counted as missing");
    (call, flaws)
}

fn usage<T: Serialize>(answer: &T) -> (Option<Usage>, Vec<&'static str>) {
    let (call, flaws) = read(answer);
    (call.usage, flaws)
}

fn used() -> Value {
    json!({"prompt_tokens": 3, "completion_tokens": 4})
}

const READ: (Option<Usage>, Vec<&str>) = (Some(Usage::new(3, 4)), Vec::new());
const MISSING: (Option<Usage>, Vec<&str>) = (None, Vec::new());

/// Must not be visited.
#[derive(Clone)]
struct Bomb;

impl Serialize for Bomb {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        panic!("this was visited")
    }
}

#[test]
fn what_the_model_wrote_is_not_visited() {
    #[derive(Serialize)]
    struct Answer {
        choices: Vec<Choice>,
        candidates: Vec<Choice>,
        content: Bomb,
        output: Bomb,
        data: [Bomb; 2],
        embeddings: (Bomb, Bomb),
        raw_response: Option<Bomb>,
        message: Message,
        usage: Used,
    }
    /// Of which it is asked why the model stopped, and nothing else.
    #[derive(Serialize)]
    struct Choice {
        finish_reason: Option<&'static str>,
        message: Bomb,
        delta: Bomb,
        content: Bomb,
    }
    #[derive(Serialize)]
    struct Message {
        content: Bomb,
        tool_calls: Vec<Bomb>,
    }
    #[derive(Serialize)]
    struct Used {
        served_by: Vec<Bomb>,
        prompt_tokens: u64,
        completion_tokens: u64,
        speed: Bomb,
    }
    let choice = |finish_reason| Choice { finish_reason, message: Bomb, delta: Bomb, content: Bomb };
    let answer = Answer {
        choices: vec![choice(None), choice(Some("stop"))],
        candidates: vec![choice(None)],
        content: Bomb,
        output: Bomb,
        data: [Bomb, Bomb],
        embeddings: (Bomb, Bomb),
        raw_response: Some(Bomb),
        message: Message { content: Bomb, tool_calls: vec![Bomb] },
        usage: Used { served_by: vec![Bomb], prompt_tokens: 3, completion_tokens: 4, speed: Bomb },
    };
    assert_eq!(usage(&answer), READ);
    // A list has no usage, whatever is in it.
    assert_eq!(usage(&vec![Bomb]), MISSING);
    assert_eq!(usage(&(Bomb, Bomb)), MISSING);
}

#[test]
fn a_hundred_megabytes_cost_no_more_than_a_few_bytes() {
    const SIZE: usize = 100 << 20;
    let text = || Value::String("9".repeat(SIZE));
    let numbers = || Value::Array(vec![json!(0.5); SIZE / size_of::<Value>()]);
    let rest = || json!({"prompt_tokens": 3, "completion_tokens": 4, "prompt_tokens_details": {}});
    type Case<'a> = (&'a str, &'a dyn Fn() -> Value, (Option<Usage>, Vec<&'static str>));
    let cases: [Case<'_>; 10] = [
        ("/choices", &numbers, READ),
        ("/message", &text, READ),
        ("/model", &text, READ),
        ("/usage/cost", &text, READ),
        ("/usage/cacheDetails", &numbers, READ),
        ("/usage/iterations", &numbers, READ),
        ("/usage/prompt_tokens_details/cached_tokens", &text, (Some(Usage::new(3, 4)), vec!["overflow"])),
        ("/usage", &numbers, MISSING),
        ("", &numbers, MISSING),
        ("", &text, MISSING),
    ];
    for (place, hundred_megabytes, expected) in cases {
        let mut answer = json!({ "id": "1", "usage": rest() });
        match place.rsplit_once('/') {
            Some((parent, key)) => {
                let parent = answer.pointer_mut(parent).unwrap().as_object_mut().unwrap();
                parent.insert(key.to_owned(), hundred_megabytes());
            }
            None => answer = hundred_megabytes(),
        }
        let answer = &answer;
        let (call, flaws) = read(answer);
        assert_eq!((call.usage, flaws), expected, "{place}");
        assert_eq!(call.response_model, None);
        // The shortest of some, since other tests run at the same time. To copy it or to
        // look at each byte once takes more than ten times this.
        let time = || {
            let began = Instant::now();
            ask(answer);
            began.elapsed()
        };
        let _capture = capture();
        let shortest = std::iter::repeat_with(time).take(10).min().unwrap();
        assert!(shortest < Duration::from_millis(1), "{shortest:?}");
    }
}

/// In a thread with little stack, so that what recurses shows.
fn with_little_stack(check: impl FnOnce() + Send) {
    thread::scope(|scope| {
        thread::Builder::new().stack_size(256 << 10).spawn_scoped(scope, check).unwrap().join().unwrap();
    });
}

/// The check, where dropping what is deep does not overflow either.
fn with_much_stack(check: impl FnOnce() + Send + 'static) {
    thread::Builder::new().stack_size(256 << 20).spawn(check).unwrap().join().unwrap();
}

fn nested(levels: usize, key: &str, innermost: Value) -> Value {
    (0..levels).fold(innermost, |inside, _| {
        if key.is_empty() {
            Value::Array(vec![inside])
        } else {
            Value::Object([(key.to_owned(), inside)].into_iter().collect())
        }
    })
}

#[test]
fn ten_thousand_levels_are_not_descended() {
    with_much_stack(|| {
        for key in
            ["content", "", "$serde_json::private::Number", "message", "response", "result", "usage", "total_cost"]
        {
            let deep = || nested(10_000, key, used());
            for (answer, expected) in [
                (json!({"choices": deep(), "usage": used()}), READ),
                (json!({"message": deep(), "usage": used()}), READ),
                (
                    json!({"usage": {"prompt_tokens": 3, "completion_tokens": 4, "cost": deep(), "iterations": deep()}}),
                    READ,
                ),
                (json!({"usage": {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": deep()}}), READ),
                (json!({"usage": {"prompt_tokens": deep(), "completion_tokens": 4}}), MISSING),
                (json!({"usage": deep()}), MISSING),
                (deep(), MISSING),
            ] {
                with_little_stack(|| assert_eq!(usage(&answer), expected, "{key}"));
            }
        }
    });
}

#[test]
fn wrappers_without_end_are_left() {
    /// A value that says that it is around itself.
    struct Some;
    struct Newtype;
    struct Variant;
    impl Serialize for Some {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_some(self)
        }
    }
    impl Serialize for Newtype {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_newtype_struct("Newtype", self)
        }
    }
    impl Serialize for Variant {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.serialize_newtype_variant("Variant", 0, "Variant", self)
        }
    }
    #[derive(Serialize)]
    struct Answer {
        message: Some,
        model: Newtype,
        usage: Value,
        result: Variant,
    }
    /// Its first key is around itself.
    struct Keyed;
    impl Serialize for Keyed {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry(&Some, &0)?;
            map.serialize_entry(&Newtype, &0)?;
            map.serialize_entry(&Variant, &0)?;
            map.serialize_entry("usage", &used())?;
            map.end()
        }
    }
    with_little_stack(|| {
        assert_eq!(usage(&Keyed), READ);
        assert_eq!(usage(&Some), MISSING);
        assert_eq!(usage(&Newtype), MISSING);
        assert_eq!(usage(&Variant), MISSING);
        assert_eq!(usage(&Answer { message: Some, model: Newtype, usage: used(), result: Variant }), READ);
    });
}

#[test]
fn lists_and_maps_without_end_are_left() {
    struct List;
    struct Fields(Option<&'static str>);
    impl Serialize for List {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(std::iter::repeat(json!({"ttl": "1h", "inputTokens": 1})))
        }
    }
    impl Serialize for Fields {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            if let Some(key) = self.0 {
                map.serialize_entry(key, &used())?;
            }
            loop {
                map.serialize_entry("more", &0)?;
            }
        }
    }
    #[derive(Serialize)]
    #[allow(non_snake_case)]
    struct Used {
        cacheDetails: List,
        iterations: List,
        prompt_tokens: List,
        inputTokens: u8,
        outputTokens: u8,
    }
    #[derive(Serialize)]
    struct Answer {
        choices: List,
        message: Fields,
        usage: Used,
    }
    assert_eq!(usage(&List), MISSING);
    assert_eq!(usage(&Fields(None)), MISSING);
    assert_eq!(usage(&Fields(Some("usage"))), READ, "what came before is kept");
    let used = Used { cacheDetails: List, iterations: List, prompt_tokens: List, inputTokens: 3, outputTokens: 4 };
    let (read, flaws) = usage(&Answer { choices: List, message: Fields(None), usage: used });
    assert_eq!((read.unwrap().input_tokens, read.unwrap().output_tokens), (3, 4));
    assert_eq!(flaws, ["contradiction"], "more was kept for an hour than was written");
}

/// Fails, or panics, after the entries that it is given.
struct Halfway {
    before: Value,
    panics: bool,
}

impl Serialize for Halfway {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.before.as_object().unwrap() {
            map.serialize_entry(key, value)?;
        }
        assert!(!self.panics, "halfway");
        Err(S::Error::custom("halfway"))
    }
}

#[test]
fn what_fails_or_panics_halfway_does_not_harm_the_call() {
    let halfway = |before, panics| Halfway { before, panics };
    assert_eq!(usage(&halfway(json!({"usage": used()}), false)), READ, "what came before is kept");
    assert_eq!(usage(&halfway(json!({"id": 1}), false)), MISSING);
    // What panicked may have been in the midst of anything: nothing of it is used.
    assert_eq!(usage(&halfway(json!({"usage": used()}), true)), (None, vec!["panicked"]));

    #[derive(Serialize)]
    struct Answer {
        message: Halfway,
        usage: Value,
    }
    let answer = |panics| Answer { message: halfway(json!({}), panics), usage: used() };
    assert_eq!(usage(&answer(false)), READ, "what fails is no matter to what stands beside it");
    assert_eq!(usage(&answer(true)), (None, vec!["panicked"]));
}

#[test]
fn keys_that_are_no_text_are_passed_over() {
    use std::collections::BTreeMap;
    let numbered: BTreeMap<u8, Value> = [(1, used()), (2, json!({"usage": used()}))].into_iter().collect();
    assert_eq!(usage(&numbered), MISSING);
    let odd: BTreeMap<Option<&str>, Value> = [(None, json!(1)), (Some("usage"), used())].into_iter().collect();
    assert_eq!(usage(&odd), READ);
    let listed: BTreeMap<Vec<u8>, Value> = [(vec![1], used())].into_iter().collect();
    assert_eq!(usage(&listed), MISSING);
}

#[test]
fn a_usage_that_is_none_is_missing() {
    for usage_is in [json!(null), json!(true), json!(7), json!("12 tokens"), json!([3, 4]), json!([]), json!({})] {
        assert_eq!(usage(&json!({ "usage": usage_is })), MISSING, "{usage_is}");
        assert_eq!(usage(&json!({ "usageMetadata": usage_is })), MISSING, "{usage_is}");
    }
    for prompt in [json!(null), json!(true), json!([3]), json!({"tokens": 3})] {
        let answer = json!({"usage": {"prompt_tokens": prompt, "completion_tokens": 4}});
        assert_eq!(usage(&answer), MISSING, "{prompt}");
        let details = json!({"usage": {"prompt_tokens": 3, "completion_tokens": 4, "prompt_tokens_details": prompt}});
        assert_eq!(usage(&details), READ, "{prompt}");
    }
}

#[test]
fn numbers_may_be_text_and_text_is_no_number() {
    let with = |prompt: Value| usage(&json!({"usage": {"prompt_tokens": prompt, "completion_tokens": "4"}}));
    assert_eq!(with(json!("3")), READ);
    assert_eq!(with(json!("3.0")), READ);
    assert_eq!(with(json!(3.0)), READ);
    assert_eq!(with(json!("-3")), (None, vec!["negative"]));
    for broken in ["", "three", "3 tokens", "3.5", "NaN", "inf", "99999999999999999999999999999999999999999", "1e400"] {
        assert_eq!(with(json!(broken)), (None, vec!["overflow"]), "{broken}");
    }
}

#[test]
fn an_unknown_provider_has_no_price_and_what_it_reports_is_kept() {
    #[track_llm(model = "gpt-4o", provider = "nobody", unpriced)]
    fn ask_nobody(answer: Value) -> Value {
        answer
    }
    let capture = capture();
    ask_nobody(json!({"model": "gpt-4o", "usage": used()}));
    ask_nobody(json!({"usage": {"prompt_tokens": 3, "completion_tokens": 4, "cost": 0.25}}));
    let calls = capture.llm_calls();
    assert_eq!((calls[0].usage, calls[0].cost), (Some(Usage::new(3, 4)), None));
    assert_eq!(calls[0].unpriced.as_deref(), Some("unknown_provider"));
    assert_eq!(calls[1].cost.map(|cost| cost.as_dollars()), Some(0.25));
}
