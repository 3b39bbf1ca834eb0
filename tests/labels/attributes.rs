//! Labels of the program's own, on every attribute.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_obs::testing::{Capture, capture};
use arc_obs::{LabelValue, Status, Usage, traced, track_agent, track_cache, track_llm, track_tool, track_workflow};

#[derive(Clone, Copy, LabelValue)]
pub(crate) enum Tier {
    Free,
    #[label("pro+")]
    ProPlus,
    InvitedByUs,
}

// As many types of a program are: neither `Copy` nor `Clone`.
#[derive(LabelValue)]
#[label(rename_all = "UPPERCASE")]
pub(crate) enum Region {
    Eu = 7,
    Us = 3,
}

/// What a derive would not write: its values are not where they say.
pub(crate) struct ByHand(usize);

impl LabelValue for ByHand {
    const COUNT: usize = 2;

    fn index(&self) -> usize {
        self.0
    }

    fn name(index: usize) -> &'static str {
        ["", "one"].get(index).copied().unwrap_or("never asked for")
    }
}

fn overflows(capture: &Capture, reason: &str) -> f64 {
    capture.value("arc_obs_label_overflow_total", &[("reason", reason)]).unwrap()
}

#[track_agent("labelled", labels(tier = tier, region = region), cost = 0.5)]
fn agent(tier: Tier, region: &Region, fail: bool) -> Result<(), String> {
    ask();
    if fail { Err("on purpose".into()) } else { Ok(()) }
}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500))]
fn ask() {}

#[test]
fn an_agents_series_have_its_labels_and_what_is_inside_has_not() {
    let capture = capture();
    for _ in 0..3 {
        agent(Tier::Free, &Region::Eu, false).unwrap();
    }
    agent(Tier::ProPlus, &Region::Us, true).unwrap_err();

    let name = ("agent_name", "labelled");
    let (free, pro) = ([("tier", "free"), ("region", "EU")], [("tier", "pro+"), ("region", "US")]);
    let executions = |labels: [(&str, &str); 2], status| {
        capture.value("arc_agent_executions_total", &[name, labels[0], labels[1], ("status", status)])
    };
    assert_eq!((executions(free, "success"), executions(free, "error")), (Some(3.0), Some(0.0)));
    assert_eq!((executions(pro, "success"), executions(pro, "error")), (Some(0.0), Some(1.0)));
    let never = [("tier", "free"), ("region", "US")];
    assert_eq!(executions(never, "success"), None, "a set that was never seen has no series");
    assert_eq!(capture.value("arc_agent_duration_seconds", &[name, free[0], free[1]]), Some(3.0));
    // Three times its own 50 cents and a call of 0.75.
    assert_eq!(capture.value("arc_agent_cost_dollars_total", &[name, free[0], free[1]]), Some(1.5225));
    assert_eq!(capture.value("arc_llm_calls_total", &[("model", "gpt-4o"), ("status", "success")]), Some(4.0));
    assert_eq!(capture.value("arc_agent_executions_total", &[name, ("status", "success")]), None);

    let operations = capture.operations();
    let labels = [("region".to_owned(), "US".to_owned()), ("tier".to_owned(), "pro+".to_owned())];
    assert_eq!(operations.last().unwrap().labels, labels, "by name");
    assert!(operations[0].labels.is_empty(), "an LLM call inherits nothing");

    // One row, of all sets.
    let summary = capture.summary();
    assert_eq!(summary.agents.len(), 1);
    let row = &summary.agents[0];
    assert_eq!((row.name.as_str(), row.calls, row.errors), ("labelled", 4, 1));
    assert_eq!(row.cost.unwrap().to_string(), "$1.53");
}

#[track_tool("labelled", labels(attempt = attempt, cached = attempt > 1), cost = 0.25)]
async fn tool(attempt: i64) {}

#[track_workflow("labelled", labels(tier = Tier::InvitedByUs))]
async fn workflow() {}

#[track_cache("labelled", labels(tier = tier))]
fn cache(tier: &Tier) -> Option<()> {
    match tier {
        Tier::Free => None,
        Tier::ProPlus | Tier::InvitedByUs => Some(()),
    }
}

#[traced("labelled", labels(region = Region::Us))]
fn operation() -> impl Future<Output = ()> {
    async {}
}

#[traced("labelled_and_boxed", labels(region = region))]
fn boxed<'a>(region: &'a Region) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    Box::pin(async move {
        let _ = region.index();
    })
}

#[track_llm(model = "gpt-4o-mini", usage = |_| Usage::new(1_000, 500), labels(tier = tier))]
fn ask_for(tier: Tier) {}

#[tokio::test]
async fn every_kind_of_operation_takes_labels() {
    let capture = capture();
    tool(1).await;
    tool(2).await;
    workflow().await;
    cache(&Tier::Free);
    cache(&Tier::ProPlus);
    operation().await;
    boxed(&Region::Eu).await;
    ask_for(Tier::Free);

    let value = |metric, labels: &[(&str, &str)]| capture.value(metric, labels);
    let tool = ("tool", "labelled");
    for (attempt, cached) in [("1", "false"), ("2", "true")] {
        let labels = [tool, ("attempt", attempt), ("cached", cached)];
        assert_eq!(value("arc_tool_calls_total", &[&labels[..], &[("status", "success")]].concat()), Some(1.0));
        assert_eq!(value("arc_tool_cost_dollars_total", &labels), Some(0.25));
    }
    let workflow = [("workflow", "labelled"), ("tier", "invited_by_us")];
    assert_eq!(value("arc_workflow_duration_seconds", &workflow), Some(1.0));
    assert_eq!(value("arc_cache_misses_total", &[("cache_type", "labelled"), ("tier", "free")]), Some(1.0));
    assert_eq!(value("arc_cache_hits_total", &[("cache_type", "labelled"), ("tier", "pro+")]), Some(1.0));
    for (name, region) in [("labelled", "US"), ("labelled_and_boxed", "EU")] {
        assert_eq!(value("arc_operation_duration_seconds", &[("operation", name), ("region", region)]), Some(1.0));
    }
    let model = [("model", "gpt-4o-mini"), ("tier", "free")];
    assert_eq!(value("arc_llm_duration_seconds", &model), Some(1.0));
    assert_eq!(value("arc_llm_tokens_total", &[model[0], model[1], ("type", "prompt")]), Some(1_000.0));
    assert_eq!(value("arc_llm_cost_dollars", &model), Some(0.00045));
    assert_eq!(value("arc_llm_usage_missing_total", &model), Some(0.0));
    let summary = capture.summary();
    assert_eq!((summary.tools[0].calls, summary.tools.len()), (2, 1));
    assert_eq!(summary.tools[0].cost.unwrap().to_string(), "$0.50");
    assert_eq!((summary.models[0].input_tokens, summary.models[0].output_tokens), (1_000, 500));
}

#[traced("capped", labels(customer = name))]
fn for_customer(name: &str) {}

#[traced("capped_owned", labels(word = word, customer = &customer))]
async fn owned(word: String, customer: String) -> usize {
    customer.len()
}

#[tokio::test]
async fn strings_are_capped_and_what_is_too_many_is_counted() {
    let capture = capture();
    for n in 0..100 {
        for_customer(&format!("customer-{n}"));
    }
    for_customer("customer-0");
    for_customer("");
    for_customer("other");
    let count = |customer| {
        let labels = [("operation", "capped"), ("status", "success"), ("customer", customer)];
        capture.value("arc_operations_total", &labels)
    };
    assert_eq!((count("customer-0"), count("customer-4"), count("customer-5")), (Some(2.0), Some(1.0), None));
    assert_eq!(count("other"), Some(97.0), "95 names, the empty one, and the word itself");
    assert_eq!(overflows(&capture, "cap"), 96.0, "the word itself is no overflow");

    // Another key has admitted values of its own.
    owned("a".into(), "b".into()).await;
    owned("é".repeat(400), "customer-1".into()).await;
    owned("c".into(), "customer-1".into()).await;
    assert_eq!((overflows(&capture, "cap"), overflows(&capture, "too_long")), (98.0, 1.0));
    let words: Vec<_> =
        capture.operations().into_iter().rev().take(3).map(|operation| operation.labels[1].1.clone()).collect();
    assert_eq!((words[2].as_str(), words[0].as_str()), ("a", "other"));
    assert!(words[1].ends_with('…') && words[1].len() <= 256, "{}", words[1]);
}

#[traced("ranged", labels(attempt = attempt))]
fn ranged(attempt: u64) {}

#[test]
fn numbers_outside_of_the_range_are_other() {
    let capture = capture();
    for attempt in [1, 3, 0, 4, u64::MAX] {
        ranged(attempt);
    }
    let count = |attempt| {
        let labels = [("operation", "ranged"), ("status", "success"), ("attempt", attempt)];
        capture.value("arc_operations_total", &labels)
    };
    assert_eq!(["1", "2", "3", "4", "other"].map(count), [Some(1.0), None, Some(1.0), None, Some(3.0)]);
    assert_eq!(overflows(&capture, "out_of_range"), 3.0);
}

#[traced("by_hand", labels(by_hand = ByHand(index), tier = Tier::Free))]
fn by_hand(index: usize) {}

#[test]
fn a_wrong_index_and_an_empty_text_harm_nobody() {
    let capture = capture();
    by_hand(1);
    by_hand(0);
    by_hand(2);
    let count = |labels: &[(&str, &str)]| {
        let labels = [&[("operation", "by_hand"), ("status", "success")], labels].concat();
        capture.value("arc_operations_total", &labels)
    };
    assert_eq!(count(&[("by_hand", "one"), ("tier", "free")]), Some(1.0));
    assert_eq!(count(&[("tier", "free")]), Some(1.0), "an empty label is none");
    assert_eq!(count(&[]), Some(1.0), "an index that it does not have");
    assert_eq!(overflows(&capture, "out_of_range"), 1.0);
}

#[traced("panicking", labels(tier = tiers[index]))]
fn panicking(tiers: &[Tier], index: usize) -> usize {
    index
}

#[test]
fn a_label_that_panics_does_not_harm_the_call() {
    let capture = capture();
    assert_eq!(panicking(&[Tier::Free], 0), 0);
    assert_eq!(panicking(&[Tier::Free], 1), 1);
    let name = [("operation", "panicking"), ("status", "success")];
    assert_eq!(capture.value("arc_operations_total", &[name[0], name[1], ("tier", "free")]), Some(1.0));
    assert_eq!(capture.value("arc_operations_total", &name), Some(1.0), "recorded without its labels");
    assert_eq!(overflows(&capture, "panicked"), 1.0);
    assert!(capture.operations().iter().all(|operation| operation.status == Status::Success));
}

static EVALUATED: AtomicUsize = AtomicUsize::new(0);

fn evaluated() -> Tier {
    EVALUATED.fetch_add(1, Ordering::Relaxed);
    Tier::ProPlus
}

#[traced("evaluated", labels(tier = evaluated()))]
async fn evaluated_once() {
    assert_eq!(EVALUATED.load(Ordering::Relaxed), 1, "before the body");
    tokio::task::yield_now().await;
}

#[tokio::test]
async fn a_label_is_evaluated_once_and_not_before_the_first_poll() {
    let capture = capture();
    let future = evaluated_once();
    assert_eq!(EVALUATED.load(Ordering::Relaxed), 0);
    future.await;
    assert_eq!(EVALUATED.load(Ordering::Relaxed), 1);
    assert_eq!(capture.operations()[0].labels, [("tier".to_owned(), "pro+".to_owned())]);
}

struct Customer {
    tier: Tier,
}

#[traced(labels(tier = self.tier))]
impl Customer {
    fn first(&self) {}

    fn second(self) -> Tier {
        self.tier
    }
}

#[test]
fn every_function_of_a_block_has_the_labels() {
    let capture = capture();
    let customer = Customer { tier: Tier::ProPlus };
    customer.first();
    customer.second();
    for name in ["Customer::first", "Customer::second"] {
        let labels = [("operation", name), ("status", "success"), ("tier", "pro+")];
        assert_eq!(capture.value("arc_operations_total", &labels), Some(1.0));
    }
}

#[traced("generic", labels(tier = tier))]
fn generic<T>(tier: Tier, value: T) -> T {
    value
}

macro_rules! labelled {
    ($name:ident, $key:ident = $value:expr) => {
        #[traced("by_macro", labels($key = $value))]
        fn $name(_: Tier) {}
    };
}

labelled!(by_macro, tier = Tier::Free);

#[test]
fn generic_and_generated_functions_take_labels() {
    let capture = capture();
    generic(Tier::Free, 1);
    generic(Tier::Free, "a");
    by_macro(Tier::ProPlus);
    let count =
        |name| capture.value("arc_operations_total", &[("operation", name), ("status", "success"), ("tier", "free")]);
    assert_eq!((count("generic"), count("by_macro")), (Some(2.0), Some(1.0)));
}

#[traced("two_threads", labels(tier = tier, attempt = attempt))]
fn on_two_threads(tier: Tier, attempt: u8) {}

#[test]
fn threads_that_see_a_set_first_at_once_share_its_series() {
    let capture = capture();
    let handle = capture.handle();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                handle.run_sync(|| {
                    for n in 0..300_u32 {
                        on_two_threads([Tier::Free, Tier::ProPlus, Tier::InvitedByUs][n as usize % 3], (n % 4) as u8);
                    }
                });
            });
        }
    });
    let summary = capture.summary();
    assert_eq!((summary.operations.len(), summary.operations[0].calls), (1, 1_200));
    let labels = [("operation", "two_threads"), ("status", "success"), ("tier", "pro+"), ("attempt", "other")];
    assert_eq!(capture.value("arc_operations_total", &labels), Some(100.0));
}
