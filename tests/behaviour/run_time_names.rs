//! `name = expression` and `model = expression`: names that are known only at run time.

use std::borrow::Cow;
use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use arc_obs::testing::{Capture, OperationKind, capture};
use arc_obs::{Model, Usage, record_usage, traced, track_agent, track_cache, track_llm, track_tool, track_workflow};
use futures::executor::block_on;
use serde_json::{Value, json};

fn names(capture: &Capture) -> Vec<String> {
    capture.operations().into_iter().map(|operation| operation.name).collect()
}

fn overflow(capture: &Capture, reason: &str) -> f64 {
    capture.value("arc_obs_label_overflow_total", &[("reason", reason)]).unwrap()
}

#[test]
fn every_attribute_takes_a_name_of_any_text() {
    #[traced(name = name)]
    fn operation(name: &str) {}
    #[track_agent(name = name, kind = "planner")]
    fn agent(name: String) -> String {
        name
    }
    #[track_tool(name = format!("tool {}", number + 1))]
    async fn tool(number: u32) {}
    #[track_workflow(name = parts.0)]
    fn workflow(parts: (Cow<'_, str>, u8)) {}
    #[track_cache(name = name)]
    fn cache(name: Rc<str>) -> Option<u8> {
        None
    }
    const CONSTANT: &str = "run_time_constant";
    #[track_tool(name = CONSTANT)]
    fn constant() {}
    #[track_tool(name = first.to_owned() + "." + second)]
    fn sum(first: &str, second: &str) {}
    #[track_tool(name = if long { "long name" } else { "short" })]
    fn chosen(long: bool) {}
    #[track_tool(name = { let number = 7; format!("block {number}") })]
    fn block() {}
    #[track_tool(name = *name)]
    fn dereferenced(name: &&str) {}
    #[track_tool(name = concat!("run_", "time"))]
    fn made() {}

    let capture = capture();
    operation("op");
    assert_eq!(agent("agent 7".to_owned()), "agent 7", "the body still has it");
    block_on(tool(1));
    workflow((Cow::Borrowed("daily"), 1));
    cache(Rc::from("cache 1"));
    constant();
    sum("a", "b");
    chosen(true);
    block();
    dereferenced(&"star");
    made();
    let expected = [
        "op",
        "agent 7",
        "tool 2",
        "daily",
        "cache 1",
        "run_time_constant",
        "a.b",
        "long name",
        "block 7",
        "star",
        "run_time",
    ];
    assert_eq!(names(&capture), expected);
    let functions: Vec<_> = capture.operations().into_iter().map(|operation| operation.function.unwrap()).collect();
    assert_eq!(
        functions,
        [
            "operation",
            "agent",
            "tool",
            "workflow",
            "cache",
            "constant",
            "sum",
            "chosen",
            "block",
            "dereferenced",
            "made"
        ]
    );
    let agent = [("agent_name", "agent 7"), ("status", "success")];
    assert_eq!(capture.value("arc_agent_executions_total", &agent), Some(1.0));
    assert_eq!(capture.value("arc_cache_misses_total", &[("cache_type", "cache 1")]), Some(1.0));
}

#[test]
fn a_name_borrows_from_arguments_and_self_in_every_shape() {
    struct Tools {
        name: String,
        calls: Cell<u32>,
    }

    impl Tools {
        fn name(&self) -> &str {
            self.calls.set(self.calls.get() + 1);
            &self.name
        }

        #[track_tool(name = self.name)]
        fn field(&self) {}

        #[track_tool(name = self.name())]
        fn method(&mut self) -> &mut String {
            &mut self.name
        }

        #[track_tool(name = self.name())]
        async fn later(&self, more: &str) -> usize {
            self.name.len() + more.len()
        }

        #[track_tool(name = self.name())]
        fn future(&self) -> impl Future<Output = usize> {
            async { self.name.len() }
        }

        #[track_tool(name = self.name())]
        fn boxed(&self) -> Pin<Box<dyn Future<Output = usize> + '_>> {
            Box::pin(async { self.name.len() })
        }

        #[track_tool(name = self.name, cost = 0.5)]
        fn consumed(self) -> Self {
            self
        }
    }

    let capture = capture();
    let mut tools = Tools { name: "of_self".to_owned(), calls: Cell::new(0) };
    tools.field();
    tools.method().push('!');
    block_on(tools.later("x"));
    block_on(tools.future());
    block_on(tools.boxed());
    let tools = tools.consumed();
    assert_eq!(tools.calls.get(), 4, "evaluated once a call");
    assert_eq!(names(&capture), ["of_self", "of_self", "of_self!", "of_self!", "of_self!", "of_self!"]);
    assert_eq!(capture.value("arc_tool_cost_dollars_total", &[("tool", "of_self!")]), Some(0.5));
}

#[test]
fn async_trait_methods_generics_and_macros_take_names() {
    #[async_trait::async_trait]
    trait Tool: Sync {
        fn name(&self) -> String;

        #[track_tool(name = self.name())]
        async fn call(&self, input: u32) -> Result<u32, String> {
            Ok(input + 1)
        }
    }
    struct Adder;
    impl Tool for Adder {
        fn name(&self) -> String {
            "adder".to_owned()
        }
    }
    #[track_agent(name = name)]
    async fn generic<N: AsRef<str>>(name: N) {}
    macro_rules! agent {
        ($function:ident, $name:expr) => {
            #[track_agent(name = $name)]
            fn $function() {}
        };
    }
    agent!(literal, "from_a_macro");
    agent!(expression, String::from("from an expression"));

    let capture = capture();
    assert_eq!(block_on(Adder.call(1)), Ok(2));
    block_on(generic("generic"));
    block_on(generic(Arc::<str>::from("shared")));
    literal();
    expression();
    assert_eq!(names(&capture), ["adder", "generic", "shared", "from_a_macro", "from an expression"]);
}

#[test]
fn a_future_that_is_never_polled_says_no_name() {
    #[track_tool(name = says(asked))]
    async fn lazy(asked: &Cell<u32>) {}
    fn says(asked: &Cell<u32>) -> &'static str {
        asked.set(asked.get() + 1);
        "lazy"
    }
    let asked = Cell::new(0);
    drop(lazy(&asked));
    assert_eq!(asked.get(), 0);
    block_on(lazy(&asked));
    assert_eq!(asked.get(), 1);
}

#[test]
fn code_that_panics_does_no_harm_and_is_counted() {
    #[track_tool(name = names[index])]
    fn tool(names: &[&str], index: usize) -> usize {
        index + 1
    }
    let capture = capture();
    assert_eq!(tool(&["one"], 0), 1);
    assert_eq!(tool(&["one"], 7), 8, "the call goes on");
    assert_eq!(names(&capture), ["one", "unknown"]);
    assert_eq!(capture.value("arc_obs_name_panics_total", &[]), Some(1.0));
}

#[test]
fn names_are_bounded_in_number_and_in_length_and_sums_stay_exact() {
    #[track_tool(name = name)]
    fn tool(name: &str) {}

    let capture = capture();
    tool("");
    tool(&"ä".repeat(40_000));
    for number in 0..6_000 {
        tool(&format!("junk {number}"));
    }
    let told = names(&capture);
    assert_eq!(told[0], "unknown");
    assert!(told[1].len() <= 256 && told[1].ends_with('…'), "{}", told[1].len());
    assert_eq!(told[250], "junk 248", "a test, the terminal and spans see the name in any case");
    assert_eq!(told[6_001], "other", "up to a number");
    assert!(overflow(&capture, "cap") >= 5_800.0);
    let page = capture.registry().gather();
    let calls = page.iter().find(|family| family.name() == "arc_tool_calls_total").unwrap();
    assert_eq!(calls.get_metric().len(), 2 * (200 + 1), "two statuses of 200 names and of `other`");
    let summary = capture.summary();
    assert_eq!(summary.tools.iter().map(|row| row.calls).sum::<u64>(), 6_002);
}

#[test]
fn names_nest_and_share_series_with_literals() {
    #[track_agent("run_time_shared")]
    fn literal() {}
    #[track_agent(name = name)]
    fn outer(name: &str) {
        literal();
    }
    let capture = capture();
    outer("run_time_shared");
    outer("another");
    let agent = [("agent_name", "run_time_shared"), ("status", "success")];
    assert_eq!(capture.value("arc_agent_executions_total", &agent), Some(3.0));
    let around: Vec<_> = capture.operations().into_iter().map(|operation| operation.agent).collect();
    assert_eq!(around, [Some("run_time_shared".to_owned()), None, Some("another".to_owned()), None]);
}

#[test]
fn a_panic_or_a_drop_of_the_body_is_told_by_name() {
    #[track_tool(name = name)]
    fn panics(name: &str) {
        panic!("on purpose")
    }
    let capture = capture();
    catch_unwind(AssertUnwindSafe(|| panics("broken"))).unwrap_err();
    assert_eq!(capture.value("arc_tool_calls_total", &[("tool", "broken"), ("status", "panic")]), Some(1.0));
}

fn answer() -> Value {
    json!({ "usage": { "prompt_tokens": 1_000_000, "completion_tokens": 0 } })
}

#[test]
fn a_model_that_is_known_at_run_time_is_priced_by_its_name() {
    struct Client {
        model: String,
    }
    impl Client {
        #[track_llm(model = self.model)]
        async fn ask(&self) -> Result<Value, String> {
            Ok(answer())
        }
        #[track_llm(model = &self.model, provider = "openai", operation = "chat", tier = "batch")]
        fn by_night(&self) -> Value {
            answer()
        }
        #[track_llm(model = self.model, price(input = 7, output = 0), usage = |_| Usage::new(1_000_000, 0))]
        fn stated(&self) {}
        #[track_llm(model = self.model, usage = recorded)]
        fn recorded(&self) {
            record_usage(&answer());
        }
        #[track_llm(model = self.model, usage = none, cost = 0.25)]
        fn flat(&self) {}
        #[track_llm(model = self.model, unpriced)]
        fn unpriced(&self) -> Value {
            answer()
        }
    }

    let capture = capture();
    let client = Client { model: "gpt-4o".to_owned() };
    block_on(client.ask()).unwrap();
    client.by_night();
    client.stated();
    client.recorded();
    client.flat();
    client.unpriced();
    Client { model: "no-such-model".to_owned() }.unpriced();
    let calls = capture.llm_calls();
    let costs: Vec<_> = calls.iter().map(|call| call.cost.map(|cost| cost.as_dollars())).collect();
    assert_eq!(costs, [Some(2.5), Some(1.25), Some(7.0), Some(2.5), Some(0.25), Some(2.5), None]);
    assert!(calls.iter().all(|call| call.kind == OperationKind::Llm && call.function.is_some()));
    assert_eq!(calls[6].unpriced.as_deref(), Some("unknown_model"));
}

#[test]
fn a_model_that_is_folded_into_other_keeps_its_price_and_its_name() {
    #[track_llm(model = model)]
    fn ask(model: &str) -> Value {
        answer()
    }
    let capture = capture();
    for number in 0..250 {
        ask(&format!("folded-{number}"));
    }
    ask("gpt-4o");
    ask("o3");
    let calls = capture.llm_calls();
    assert_eq!((calls[250].name.as_str(), calls[251].name.as_str()), ("gpt-4o", "o3"));
    assert_eq!([&calls[250], &calls[251]].map(|call| call.cost.unwrap().as_dollars()), [2.5, 2.0]);
    assert_eq!(capture.value("arc_llm_cost_dollars", &[("model", "other")]), Some(4.5));
    assert_eq!(capture.value("arc_llm_cost_dollars", &[("model", "gpt-4o")]), None);
}

const MINE: Model = Model::new("run-time-mine").price(0.2, 0.6).cache_read(0.1).provider("ours");
static FREE: Model = Model::new("run-time-free").price(0.0, 0.0);

mod models {
    pub const HOUSE: arc_obs::Model = arc_obs::Model::new("run-time-house").unpriced();
    pub const AZURE: arc_obs::Model = arc_obs::Model::new("gpt-4o").provider("azure.ai.openai");
}

#[test]
fn a_model_of_ones_own_is_a_constant() {
    #[track_llm(model = MINE, usage = |_| Usage::new(1_000_000, 1_000_000).cache_read(500_000))]
    fn mine() {}
    #[track_llm(model = MINE, price(input = 5, output = 0), usage = |_| Usage::new(1_000_000, 0))]
    fn nearer() {}
    #[track_llm(model = FREE, usage = |_| Usage::new(1_000_000, 0))]
    fn free() {}
    #[track_llm(model = models::HOUSE, usage = |_| Usage::new(1_000_000, 0))]
    fn house() {}
    #[track_llm(model = models::AZURE, usage = |_| Usage::new(1_000_000, 0))]
    async fn azure() {}
    #[track_llm(model = if big { MINE } else { FREE }, usage = |_| Usage::new(1_000_000, 0))]
    fn chosen(big: bool) {}
    #[track_llm(model = model, usage = |_| Usage::new(1_000_000, 0))]
    fn given(model: &Model) {}
    struct Client;
    impl Client {
        const MODEL: Model = Model::new("run-time-associated").price(1.0, 1.0);
        #[track_llm(model = Self::MODEL, usage = |_| Usage::new(1_000_000, 0))]
        fn ask() {}
    }

    let capture = capture();
    mine();
    nearer();
    free();
    house();
    block_on(azure());
    chosen(true);
    chosen(false);
    given(&MINE);
    Client::ask();
    let told: Vec<_> = capture
        .llm_calls()
        .into_iter()
        .map(|call| (call.name, call.cost.map(|cost| cost.to_string())))
        .map(|(name, cost)| format!("{name} {}", cost.as_deref().unwrap_or("?")))
        .collect();
    let expected = [
        "run-time-mine $0.75",
        "run-time-mine $5.00",
        "run-time-free $0.00",
        "run-time-house ?",
        "gpt-4o $2.50",
        "run-time-mine $0.20",
        "run-time-free $0.00",
        "run-time-mine $0.20",
        "run-time-associated $1.00",
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_constant_is_a_label_value_in_any_case() {
    #[track_llm(model = model, usage = none)]
    fn ask(model: &str) {}
    #[track_llm(model = MINE, usage = none)]
    fn mine() {}
    let capture = capture();
    (0..300).for_each(|number| ask(&format!("constant-{number}")));
    mine();
    let labels = [("model", "run-time-mine"), ("status", "success")];
    assert_eq!(capture.value("arc_llm_calls_total", &labels), Some(1.0));
}

#[test]
fn names_of_many_threads_are_counted_exactly() {
    #[track_tool(name = format!("threads {}", number % 7))]
    fn tool(number: u32) {}
    let capture = capture();
    let handle = capture.handle();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || handle.run_sync(|| (0..700).for_each(tool)));
        }
    });
    for number in 0..7 {
        let name = format!("threads {number}");
        let labels = [("tool", name.as_str()), ("status", "success")];
        assert_eq!(capture.value("arc_tool_calls_total", &labels), Some(400.0));
    }
}
