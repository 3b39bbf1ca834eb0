//! Where the tokens of a response come from: a test per level of the dispatch.

use std::sync::Arc;

use arc_obs::testing::{Capture, capture};
use arc_obs::{LlmResponse, Usage, record_usage, track_agent, track_llm};
use serde::Serialize;
use serde_json::{Value, json};

#[derive(Debug, Serialize)]
struct Chat {
    id: String,
    usage: Option<Tokens>,
}

#[derive(Debug, Serialize)]
struct Tokens {
    prompt_tokens: i64,
    completion_tokens: u32,
}

fn chat(prompt_tokens: i64, completion_tokens: u32) -> Chat {
    Chat { id: "1".into(), usage: Some(Tokens { prompt_tokens, completion_tokens }) }
}

fn read(capture: &Capture, model: &str) -> (f64, f64) {
    let tokens = |kind| capture.value("arc_llm_tokens_total", &[("model", model), ("type", kind)]).unwrap_or(0.0);
    (tokens("prompt"), tokens("completion"))
}

fn missing(capture: &Capture, model: &str) -> f64 {
    capture.value("arc_llm_usage_missing_total", &[("model", model)]).unwrap_or(0.0)
}

fn flawed(capture: &Capture, reason: &str) -> f64 {
    capture.value("arc_obs_usage_inconsistent_total", &[("reason", reason)]).unwrap()
}

#[test]
fn level_own_trait() {
    let capture = capture();
    struct Own;
    impl LlmResponse for Own {
        fn usage(&self) -> Option<Usage> {
            Some(Usage::new(3, 4))
        }
    }
    #[track_llm(model = "usage-own", unpriced)]
    fn by_value() -> Own {
        Own
    }
    #[track_llm(model = "usage-own", unpriced)]
    fn boxed() -> Result<Box<dyn LlmResponse>, String> {
        Ok(Box::new(Own))
    }
    #[track_llm(model = "usage-own", unpriced)]
    fn generic<T: LlmResponse>(value: T) -> Option<T> {
        Some(value)
    }
    #[track_llm(model = "usage-own", unpriced)]
    fn opaque() -> impl LlmResponse {
        Own
    }
    by_value();
    boxed().unwrap();
    generic(&Own).unwrap();
    opaque();
    assert_eq!(read(&capture, "usage-own"), (12.0, 16.0));
}

#[test]
fn level_own_trait_wins_over_serialize() {
    let capture = capture();
    #[derive(Serialize)]
    struct Both {
        usage: Value,
    }
    impl LlmResponse for Both {
        fn usage(&self) -> Option<Usage> {
            Some(Usage::new(1, 1))
        }
    }
    #[track_llm(model = "usage-both", unpriced)]
    fn both() -> Both {
        Both { usage: json!({"prompt_tokens": 900}) }
    }
    both();
    assert_eq!(read(&capture, "usage-both"), (1.0, 1.0));
}

#[test]
fn level_serialize() {
    let capture = capture();
    #[track_llm(model = "usage-serde", unpriced)]
    fn by_value() -> Chat {
        chat(10, 20)
    }
    #[track_llm(model = "usage-serde", unpriced)]
    fn shared() -> Result<Option<Box<Chat>>, String> {
        Ok(Some(Box::new(chat(10, 20))))
    }
    #[track_llm(model = "usage-serde", unpriced)]
    fn json() -> Result<Value, Arc<str>> {
        Ok(json!({"usage": {"prompt_tokens": 10, "completion_tokens": 20}}))
    }
    #[track_llm(model = "usage-serde", unpriced)]
    fn counted() -> Result<Arc<Chat>, String> {
        Ok(Arc::new(chat(10, 20)))
    }
    #[track_llm(model = "usage-serde", unpriced)]
    fn generic<T: Serialize>(value: T) -> T {
        value
    }
    #[track_llm(model = "usage-serde", unpriced)]
    fn borrowed(value: &Chat) -> Option<&Chat> {
        Some(value)
    }
    let last = by_value();
    shared().unwrap();
    counted().unwrap();
    json().unwrap();
    generic(chat(10, 20));
    borrowed(&last).unwrap();
    assert_eq!(read(&capture, "usage-serde"), (60.0, 120.0));
    assert_eq!(missing(&capture, "usage-serde"), 0.0);
}

#[test]
fn level_serialize_whatever_it_is_behind() {
    let capture = capture();
    use std::borrow::Cow;
    use std::rc::Rc;

    #[track_llm(model = "usage-behind", unpriced)]
    fn counted() -> Option<Rc<Chat>> {
        Some(Rc::new(chat(1, 2)))
    }
    #[track_llm(model = "usage-behind", unpriced)]
    fn opaque() -> impl Serialize + Send {
        chat(1, 2)
    }
    #[track_llm(model = "usage-behind", unpriced)]
    fn lent(value: &mut Chat) -> Result<&mut Chat, String> {
        Ok(value)
    }
    #[track_llm(model = "usage-behind", unpriced)]
    fn cow(value: &Value) -> Cow<'_, Value> {
        Cow::Borrowed(value)
    }
    #[track_llm(model = "usage-behind", unpriced)]
    async fn later() -> Option<Result<Arc<Chat>, String>> {
        Some(Ok(Arc::new(chat(1, 2))))
    }
    counted().unwrap();
    opaque();
    lent(&mut chat(1, 2)).unwrap();
    cow(&json!({"usage": {"prompt_tokens": 1, "completion_tokens": 2}}));
    futures::executor::block_on(later()).unwrap().unwrap();
    assert_eq!(read(&capture, "usage-behind"), (5.0, 10.0));
}

#[test]
fn the_users_closure() {
    let capture = capture();
    #[track_llm(model = "usage-closure", unpriced, usage = |(_, used)| Usage::new(*used, 1))]
    fn by_closure() -> (String, u64) {
        (String::new(), 6)
    }
    #[track_llm(model = "usage-closure", unpriced, usage = |r: &Result<Vec<u64>, String>| r.as_ref().ok().map(|v| Usage::new(v[0], v[1])))]
    fn maybe(fail: bool) -> Result<Vec<u64>, String> {
        if fail { Err("no".into()) } else { Ok(vec![4, 5]) }
    }
    fn count(text: &str) -> Usage {
        Usage::new(text.len() as u64, 0)
    }
    #[track_llm(model = "usage-closure", unpriced, usage = |text: &String| count(text))]
    fn by_function() -> String {
        "abc".into()
    }
    by_closure();
    maybe(false).unwrap();
    maybe(true).unwrap_err();
    by_function();
    assert_eq!(read(&capture, "usage-closure"), (13.0, 6.0));
    assert_eq!(missing(&capture, "usage-closure"), 0.0, "a failed call has no usage to miss");
}

#[test]
fn nobody_looks() {
    let capture = capture();
    #[track_llm(model = "usage-none", unpriced, usage = none)]
    fn text() -> String {
        "usage".into()
    }
    text();
    assert_eq!((read(&capture, "usage-none"), missing(&capture, "usage-none")), ((0.0, 0.0), 0.0));
    assert_eq!(capture.value("arc_llm_calls_total", &[("model", "usage-none"), ("status", "success")]).unwrap(), 1.0);
}

#[test]
fn a_response_without_usage_is_counted_as_such() {
    let capture = capture();
    #[track_llm(model = "usage-missing", unpriced)]
    fn without() -> Result<Chat, String> {
        Ok(Chat { id: "1".into(), usage: None })
    }
    #[track_llm(model = "usage-missing", unpriced)]
    fn nothing() -> Option<Chat> {
        None
    }
    #[track_llm(model = "usage-missing", unpriced)]
    fn failing() -> Result<Chat, String> {
        Err("no".into())
    }
    without().unwrap();
    nothing();
    failing().unwrap_err();
    assert_eq!(missing(&capture, "usage-missing"), 2.0);
    assert_eq!(read(&capture, "usage-missing"), (0.0, 0.0));
}

#[test]
fn broken_counts_are_flagged_and_never_a_negative_cost() {
    let capture = capture();
    #[track_llm(model = "gpt-4o-mini-2024-07-18")]
    fn negative() -> Chat {
        chat(-1_000_000, 5)
    }
    #[track_llm(model = "gpt-4o-mini-2024-07-18")]
    fn absurd() -> Value {
        json!({"usage": {"prompt_tokens": 1e30, "completion_tokens": u64::MAX}})
    }
    #[track_llm(model = "gpt-4o-mini-2024-07-18")]
    fn cached_more_than_sent() -> Value {
        json!({"usage": {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 50}, "total_tokens": 10}})
    }
    #[track_llm(model = "gpt-4o-mini-2024-07-18", usage = |_| -> Usage { panic!("in the closure") })]
    fn panicking() -> u8 {
        7
    }
    negative();
    absurd();
    cached_more_than_sent();
    assert_eq!(panicking(), 7, "the call itself is not harmed");
    let flaws = ["negative", "overflow", "contradiction", "panicked"].map(|reason| flawed(&capture, reason));
    assert_eq!(flaws, [1.0; 4]);
    let cost = capture.value("arc_llm_cost_dollars", &[("model", "gpt-4o-mini-2024-07-18")]).unwrap();
    assert!((0.0..1e-3).contains(&cost), "{cost}");
    assert_eq!(missing(&capture, "gpt-4o-mini-2024-07-18"), 3.0, "negative, absurd and panicking");
}

#[test]
fn cost_is_exact_and_the_agents_too() {
    let capture = capture();
    #[track_llm(model = "gpt-4-turbo", provider = "openai")]
    async fn ask() -> Chat {
        chat(1_000, 500)
    }
    #[track_agent("usage_spender")]
    async fn spender() {
        ask().await;
        nested().await;
    }
    #[track_agent("usage_nested")]
    async fn nested() {
        ask().await;
    }
    futures::executor::block_on(async {
        futures::join!(spender(), async {
            ask().await;
        });
    });
    // 1000 at $10 and 500 at $30 per million: 2.5 cents a call.
    let agent = |name| capture.value("arc_agent_cost_dollars_total", &[("agent_name", name)]);
    assert_eq!(capture.value("arc_llm_cost_dollars", &[("model", "gpt-4-turbo")]), Some(0.075));
    assert_eq!((agent("usage_spender"), agent("usage_nested")), (Some(0.025), Some(0.025)));
    let tokens = |name, kind| capture.value("arc_agent_tokens_total", &[("agent_name", name), ("type", kind)]);
    for name in ["usage_spender", "usage_nested"] {
        assert_eq!((tokens(name, "prompt"), tokens(name, "completion")), (Some(1_000.0), Some(500.0)));
    }
}

#[test]
fn a_model_without_a_price_is_unpriced_and_not_free() {
    let capture = capture();
    #[track_llm(model = "usage-no-such-model", unpriced)]
    fn ask() -> Chat {
        chat(5, 5)
    }
    ask();
    assert_eq!(capture.value("arc_llm_cost_dollars", &[("model", "usage-no-such-model")]), None);
    let labels = [("model", "usage-no-such-model"), ("reason", "unknown_model")];
    assert_eq!(capture.value("arc_llm_unpriced_calls_total", &labels), Some(1.0));
}

#[test]
fn the_model_that_answered_is_the_one_that_is_paid() {
    let capture = capture();
    // Another price than gpt-4o's: $5 and $15 per million.
    #[track_llm(model = "gpt-4o-2024-05-13", provider = "openai")]
    fn dearer() -> Value {
        json!({"model": "gpt-4o-mini", "usage": {"prompt_tokens": 1_000_000, "completion_tokens": 0}})
    }
    #[track_llm(model = "gpt-4o-2024-05-13", provider = "openai")]
    fn as_asked() -> Value {
        json!({"model": "a-name-of-the-gateways-own", "usage": {"prompt_tokens": 1_000_000}})
    }
    let cost = || capture.value("arc_llm_cost_dollars", &[("model", "gpt-4o-2024-05-13")]).unwrap();
    dearer();
    assert_eq!(cost(), 0.15, "what gpt-4o-mini costs, under the model that was asked for");
    as_asked();
    assert_eq!(cost(), 5.15);
}

#[test]
fn a_cost_that_the_provider_reports_beats_none() {
    let capture = capture();
    #[track_llm(model = "usage-private-model", unpriced)]
    fn ask(cost: Value) -> Value {
        json!({"usage": {"prompt_tokens": 10, "completion_tokens": 1, "cost": cost}})
    }
    ask(json!(0.25));
    ask(json!(-3.0));
    assert_eq!(capture.value("arc_llm_cost_dollars", &[("model", "usage-private-model")]), Some(0.25));
    let labels = [("model", "usage-private-model"), ("reason", "unknown_model")];
    assert_eq!(capture.value("arc_llm_unpriced_calls_total", &labels), Some(1.0));
}

fn unattributed(capture: &Capture) -> f64 {
    capture.value("arc_obs_usage_unattributed_total", &[]).unwrap()
}

#[test]
fn a_body_records_what_it_keeps_to_itself() {
    let capture = capture();
    #[track_llm(model = "usage-recorded", unpriced, usage = recorded)]
    async fn ask(responses: usize) -> Result<String, String> {
        for _ in 0..responses {
            helper().await;
        }
        if responses > 2 { Err("too many".into()) } else { Ok("text".into()) }
    }
    #[arc_obs::traced]
    async fn helper() {
        futures::future::ready(()).await;
        record_usage(&chat(10, 1));
        record_usage(&Usage::new(5, 0));
    }
    use futures::executor::block_on;

    block_on(ask(1)).unwrap();
    assert_eq!(read(&capture, "usage-recorded"), (15.0, 1.0));
    block_on(ask(2)).unwrap();
    assert_eq!(read(&capture, "usage-recorded"), (45.0, 3.0), "several responses add up");
    block_on(ask(3)).unwrap_err();
    assert_eq!(read(&capture, "usage-recorded"), (90.0, 6.0), "what was used before an error was used");
    block_on(ask(0)).unwrap();
    assert_eq!(missing(&capture, "usage-recorded"), 1.0, "none recorded");
    block_on(async { futures::join!(ask(1), ask(2)) }).0.unwrap();
    assert_eq!(read(&capture, "usage-recorded"), (135.0, 9.0), "siblings do not mix");
}

#[test]
fn usage_that_belongs_to_no_call_is_counted_as_such() {
    let capture = capture();
    #[track_llm(model = "usage-not-recorded", unpriced, usage = none)]
    fn takes_none() {
        record_usage(&chat(1, 1));
    }
    let before = unattributed(&capture);
    record_usage(&chat(1, 1));
    takes_none();
    assert_eq!(unattributed(&capture) - before, 2.0);
    assert_eq!(read(&capture, "usage-not-recorded"), (0.0, 0.0));
}

#[test]
fn where_one_call_wraps_another_money_is_counted_once() {
    let capture = capture();
    #[track_llm(model = "usage-outer", unpriced)]
    async fn outer() -> Chat {
        let first = inner().await;
        silent();
        first
    }
    #[track_llm(model = "usage-inner", unpriced)]
    async fn inner() -> Chat {
        futures::future::ready(()).await;
        chat(100, 50)
    }
    #[track_llm(model = "usage-outermost", unpriced)]
    async fn outermost() -> Chat {
        outer().await
    }
    #[track_llm(model = "usage-silent", unpriced, usage = none)]
    fn silent() {}
    #[track_llm(model = "usage-wrapper", unpriced)]
    fn wraps_the_silent() -> Chat {
        silent();
        chat(7, 7)
    }

    futures::executor::block_on(outermost());
    assert_eq!((read(&capture, "usage-outer"), read(&capture, "usage-inner")), ((0.0, 0.0), (100.0, 50.0)));
    assert_eq!(read(&capture, "usage-outermost"), (0.0, 0.0));
    assert_eq!(
        (
            capture.value("arc_llm_calls_total", &[("model", "usage-outer"), ("status", "success")]).unwrap(),
            capture.value("arc_llm_calls_total", &[("model", "usage-inner"), ("status", "success")]).unwrap()
        ),
        (1.0, 1.0)
    );
    assert_eq!(missing(&capture, "usage-outer"), 0.0, "it is known, only elsewhere");
    wraps_the_silent();
    assert_eq!(read(&capture, "usage-wrapper"), (7.0, 7.0), "the innermost that reported any");
}

#[test]
fn each_recorded_response_is_priced_by_itself() {
    let capture = capture();
    #[track_llm(model = "gpt-4o", provider = "openai", usage = recorded)]
    fn asks_three() {
        // By the model that answered each: 2.5, 0.15 and 5 dollars a million.
        record_usage(&json!({"model": "gpt-4o", "usage": {"prompt_tokens": 1_000_000}}));
        record_usage(&json!({"model": "gpt-4o-mini", "usage": {"prompt_tokens": 1_000_000}}));
        record_usage(&json!({"model": "gpt-4o-2024-05-13", "usage": {"prompt_tokens": 1_000_000}}));
    }
    #[track_llm(model = "gemini-2.5-pro", usage = recorded)]
    fn asks_twice() {
        // Each is below the 200 000 tokens from which on a prompt is dearer.
        for _ in 0..2 {
            record_usage(&Usage::new(150_000, 0));
        }
    }
    #[track_llm(model = "gpt-4o", usage = recorded)]
    fn partly_unknown() {
        record_usage(&json!({"usage": {"prompt_tokens": 1_000_000}}));
        record_usage(&json!({"text": "without usage"}));
    }
    #[track_llm(model = "gpt-4o", usage = recorded)]
    fn asks_often() {
        for _ in 0..5_000 {
            record_usage(&Usage::new(1_000, 0));
        }
    }
    asks_three();
    asks_twice();
    partly_unknown();
    asks_often();
    let calls = capture.llm_calls();
    let costs: Vec<_> = calls.iter().map(|call| call.cost.unwrap().to_string()).collect();
    assert_eq!(costs, ["$7.65", "$0.375", "$2.50", "$12.50"]);
    assert_eq!(calls[0].usage, Some(Usage::new(3_000_000, 0)));
    assert_eq!(calls[0].response_model.as_deref(), Some("gpt-4o"));
    assert_eq!(calls[3].usage, Some(Usage::new(5_000_000, 0)));
    assert_eq!(capture.value("arc_llm_usage_missing_total", &[("model", "gpt-4o")]), Some(0.0));
}

fn million() -> Value {
    json!({"model": "gpt-4o", "usage": {"prompt_tokens": 1_000_000}})
}

/// Per call of a test: its name's model, tokens of the prompt, dollars.
fn counted(capture: &Capture) -> Vec<(String, u64, f64)> {
    let of = |call: arc_obs::testing::FinishedOperation| {
        (call.name, call.usage.map_or(0, |usage| usage.input_tokens), call.cost.map_or(0.0, |cost| cost.as_dollars()))
    };
    capture.llm_calls().into_iter().map(of).collect()
}

#[track_llm(model = "gpt-4o-mini", usage = recorded)]
fn fails_after_recording() -> Result<String, String> {
    record_usage(&Usage::new(1_000_000, 0));
    Err("no".into())
}

#[track_llm(model = "gpt-4o-mini", cost = 0.01)]
fn fails_and_costs() -> Result<Value, String> {
    Err("no".into())
}

#[test]
fn a_fallback_after_a_call_that_failed_is_another_response() {
    #[track_llm(model = "gpt-4o")]
    fn falls_back() -> Value {
        fails_after_recording().map_or_else(|_| million(), |_| Value::Null)
    }
    #[track_llm(model = "gpt-4o")]
    fn falls_back_from_a_cost() -> Value {
        fails_and_costs().unwrap_or_else(|_| million())
    }
    #[track_llm(model = "gpt-4o", usage = none, cost = 0.5)]
    fn says_what_it_costs() -> Value {
        fails_and_costs().unwrap_or(Value::Null)
    }
    let capture = capture();
    let _ = (falls_back(), falls_back_from_a_cost(), says_what_it_costs());
    let (mini, gpt) = ("gpt-4o-mini".to_owned(), "gpt-4o".to_owned());
    assert_eq!(
        counted(&capture),
        [
            (mini.clone(), 1_000_000, 0.15),
            (gpt.clone(), 1_000_000, 2.5),
            (mini.clone(), 0, 0.0),
            (gpt.clone(), 1_000_000, 2.5),
            (mini, 0, 0.0),
            (gpt, 0, 0.5),
        ]
    );
}

#[test]
fn what_the_body_records_counts_beside_a_call_inside_unless_it_is_the_same() {
    #[track_llm(model = "gpt-4o-mini")]
    fn inner() -> Value {
        json!({"usage": {"prompt_tokens": 7, "completion_tokens": 3}})
    }
    #[track_llm(model = "gpt-4o", usage = recorded)]
    fn passes_it_on() {
        record_usage(&inner());
    }
    #[track_llm(model = "gpt-4o", usage = recorded)]
    fn asks_another() {
        record_usage(&inner());
        record_usage(&million());
    }
    #[track_llm(model = "gpt-4o", usage = recorded)]
    async fn loses_one() {
        let mut lost = Box::pin(async {
            fails_after_recording().unwrap_err();
            std::future::pending::<()>().await;
        });
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(lost.as_mut().poll(&mut context).is_pending());
        drop(lost);
        record_usage(&million());
    }
    let capture = capture();
    passes_it_on();
    asks_another();
    futures::executor::block_on(loses_one());
    let tokens: Vec<_> = counted(&capture).into_iter().map(|(_, tokens, _)| tokens).collect();
    assert_eq!(tokens, [7, 0, 7, 1_000_000, 1_000_000, 1_000_000]);
    assert_eq!(missing(&capture, "gpt-4o"), 0.0);
}

#[test]
fn a_cost_that_is_said_counts_where_the_call_inside_has_none() {
    #[track_llm(model = "usage-inside-unpriced", unpriced)]
    fn inner() -> Value {
        million()["usage"].take_into("usage")
    }
    #[track_llm(model = "gpt-4o", usage = none, cost = 0.5)]
    fn outer() {
        inner();
    }
    let capture = capture();
    outer();
    assert_eq!(counted(&capture)[1], ("gpt-4o".to_owned(), 0, 0.5));
}

/// `{key: value}`
trait TakeInto {
    fn take_into(&self, key: &str) -> Value;
}

impl TakeInto for Value {
    fn take_into(&self, key: &str) -> Value {
        json!({ key: self })
    }
}

#[test]
fn a_call_by_hand_inside_of_one_counts_once() {
    #[track_llm(model = "gpt-4o")]
    fn outer() -> Value {
        let second = std::time::Duration::from_secs(1);
        arc_obs::record_llm_call("gpt-4o-mini", arc_obs::Status::Success, second, Usage::new(1_000_000, 0));
        million()
    }
    let capture = capture();
    outer();
    let tokens: Vec<_> = counted(&capture).into_iter().map(|(_, tokens, _)| tokens).collect();
    assert_eq!(tokens, [1_000_000, 0]);
}

#[test]
fn a_cost_without_tokens_counts_and_an_impossible_one_does_not() {
    #[track_llm(model = "usage-reported", unpriced)]
    fn ask(cost: f64, tokens: Option<u32>) -> Value {
        tokens.map_or_else(
            || json!({"usage": {"cost": cost}}),
            |tokens| json!({"usage": {"prompt_tokens": tokens, "cost": cost}}),
        )
    }
    let capture = capture();
    ask(0.25, None);
    ask(9e9, Some(1));
    ask(-5.0, Some(1));
    let calls = capture.llm_calls();
    assert_eq!(calls[0].cost.map(|cost| cost.as_dollars()), Some(0.25));
    assert!(calls[0].usage_missing && calls[0].cost_is_partial);
    assert_eq!((calls[1].cost, calls[2].cost), (None, None));
    assert_eq!((flawed(&capture, "overflow"), flawed(&capture, "negative")), (1.0, 1.0));
    assert_eq!(capture.value("arc_llm_cost_dollars", &[("model", "usage-reported")]), Some(0.25));
}

#[test]
fn a_cost_of_which_a_part_is_not_known_says_so() {
    #[track_llm(model = "usage-no-price", unpriced)]
    fn unknown() -> Value {
        json!({"usage": {"prompt_tokens": 5}})
    }
    #[track_llm(model = "gpt-4o", usage = recorded)]
    fn forgets() {}
    #[track_llm(model = "gpt-4o")]
    fn known() -> Value {
        million()
    }
    #[track_agent("usage_partial")]
    fn partial() {
        known();
        unknown();
    }
    #[track_agent("usage_whole")]
    fn whole() {
        known();
    }
    let capture = capture();
    partial();
    whole();
    forgets();
    let said: Vec<_> = capture
        .operations()
        .into_iter()
        .map(|it| (it.name, it.cost.map_or(0.0, |cost| cost.as_dollars()), it.cost_is_partial, it.usage_missing))
        .collect();
    let said: Vec<_> = said.iter().map(|(name, cost, partial, missing)| (&**name, *cost, *partial, *missing)).collect();
    assert_eq!(
        said,
        [
            ("gpt-4o", 2.5, false, false),
            ("usage-no-price", 0.0, true, false),
            ("usage_partial", 2.5, true, false),
            ("gpt-4o", 2.5, false, false),
            ("usage_whole", 2.5, false, false),
            ("gpt-4o", 0.0, true, true),
        ]
    );
}
