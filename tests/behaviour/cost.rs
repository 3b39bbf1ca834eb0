//! `cost = …`: what tools, operations, agents and LLM calls cost by their own word.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};

use arc_obs::{Usage, Usd, traced, track_agent, track_llm, track_tool};
use arc_obs_tests::page;
use futures::executor::block_on;

fn tool(name: &str) -> Option<f64> {
    page::value("arc_tool_cost_dollars_total", &[("tool", name)])
}

fn operation(name: &str) -> Option<f64> {
    page::value("arc_operation_cost_dollars_total", &[("operation", name)])
}

fn agent(name: &str) -> Option<f64> {
    page::value("arc_agent_cost_dollars_total", &[("agent_name", name)])
}

fn llm(model: &str) -> Option<f64> {
    page::value("arc_llm_cost_dollars", &[("model", model)])
}

fn unpriced(model: &str) -> f64 {
    page::sum("arc_llm_unpriced_calls_total", &[("model", model)])
}

fn refused(reason: &str) -> f64 {
    page::value("arc_obs_cost_refused_total", &[("reason", reason)]).unwrap()
}

const PER_PAGE: f64 = 0.005;

#[test]
fn an_expression_is_charged_on_success() {
    #[track_tool("cost_flat", cost = 0.005)]
    fn flat() {}
    #[track_tool("cost_pages", cost = PER_PAGE * f64::from(pages))]
    fn scan(pages: u32, name: String) -> Result<String, String> {
        if pages > 10 { Err(name) } else { Ok(name) }
    }
    #[traced("cost_amount", cost = Usd::from_nanos(7))]
    fn amount() {}
    #[traced("cost_maybe", cost = known.then_some(Usd::from_nanos(9)))]
    fn maybe(known: bool) {}

    flat();
    flat();
    assert_eq!(tool("cost_flat"), Some(0.01));
    scan(3, "a".into()).unwrap();
    scan(11, "b".into()).unwrap_err();
    assert_eq!(tool("cost_pages"), Some(0.015), "what failed costs nothing");
    amount();
    assert_eq!(operation("cost_amount"), Some(7e-9));
    maybe(true);
    maybe(false);
    assert_eq!(operation("cost_maybe"), Some(9e-9));
}

#[test]
fn it_is_evaluated_once_before_the_body_and_arguments_can_move() {
    static EVALUATED: AtomicU32 = AtomicU32::new(0);
    fn price(pages: &[u32]) -> f64 {
        EVALUATED.fetch_add(1, Ordering::Relaxed);
        0.25 * pages.len() as f64
    }
    #[track_tool("cost_moved", cost = price(&pages))]
    fn sync(mut pages: Vec<u32>, extra: &mut Vec<u32>) -> Vec<u32> {
        pages.clear();
        extra.extend(&pages);
        drop(pages);
        Vec::new()
    }
    #[track_tool("cost_moved", cost = price(&pages))]
    async fn not_sync(pages: Vec<u32>) -> usize {
        let task = async move { pages.len() };
        futures::future::ready(()).await;
        task.await
    }
    #[track_tool("cost_moved", cost = price(&pages))]
    fn makes_a_future(pages: Vec<u32>) -> impl Future<Output = usize> {
        async move { pages.len() }
    }
    #[track_tool("cost_moved", cost = price(&pages))]
    fn boxes_a_future<'a>(pages: Vec<u32>) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
        Box::pin(async move { pages.len() })
    }
    let evaluated = || EVALUATED.swap(0, Ordering::Relaxed);

    sync(vec![1, 2], &mut Vec::new());
    assert_eq!((evaluated(), tool("cost_moved")), (1, Some(0.5)));
    let waiting = not_sync(vec![1, 2]);
    assert_eq!(evaluated(), 0, "not at the call");
    drop(waiting);
    assert_eq!((evaluated(), tool("cost_moved")), (0, Some(0.5)), "never polled, never evaluated");
    assert_eq!(block_on(not_sync(vec![1, 2])), 2);
    assert_eq!((evaluated(), tool("cost_moved")), (1, Some(1.0)));
    block_on(makes_a_future(vec![1]));
    block_on(boxes_a_future(vec![1]));
    assert_eq!((evaluated(), tool("cost_moved")), (2, Some(1.5)));
}

#[test]
fn a_future_with_a_cost_is_still_send() {
    #[track_tool("cost_send", cost = 0.5 * text.len() as f64)]
    async fn ask(text: String) -> Result<usize, String> {
        futures::future::ready(()).await;
        Ok(text.len())
    }
    fn send<T: Send>(value: T) -> T {
        value
    }
    assert_eq!(block_on(send(ask("ab".into()))), Ok(2));
    assert_eq!(tool("cost_send"), Some(1.0));
}

struct Invoice {
    dollars: Option<f64>,
}

fn dollars(invoice: &Invoice) -> Option<f64> {
    invoice.dollars
}

fn of_any<T>(_: &T) -> f64 {
    0.125
}

#[test]
fn a_closure_or_function_sees_the_result() {
    #[track_tool("cost_closure", cost = |invoice| invoice.dollars)]
    fn closure(dollars: Option<f64>) -> Invoice {
        Invoice { dollars }
    }
    #[track_tool("cost_function", cost = dollars)]
    async fn function(paid: f64) -> Invoice {
        Invoice { dollars: Some(paid) }
    }
    #[track_tool("cost_generic", cost = of_any)]
    fn generic<T: Clone>(value: T) -> T {
        value
    }
    #[traced("cost_of_errors", cost = |result: &Result<u8, Invoice>| result.as_ref().err().and_then(dollars))]
    fn failing() -> Result<u8, Invoice> {
        Err(Invoice { dollars: Some(0.5) })
    }
    closure(Some(0.25));
    closure(None);
    assert_eq!(tool("cost_closure"), Some(0.25));
    block_on(function(0.75));
    assert_eq!(tool("cost_function"), Some(0.75));
    generic("x".to_owned());
    generic(1_u8);
    assert_eq!(tool("cost_generic"), Some(0.25));
    assert!(failing().is_err());
    assert_eq!(operation("cost_of_errors"), Some(0.5), "a closure decides by itself");
}

#[test]
fn a_path_may_be_an_amount() {
    const PRICE: f64 = 0.5;
    mod prices {
        pub(super) const EXACT: arc_obs::Usd = arc_obs::Usd::from_nanos(3);
    }
    #[track_tool("cost_constant", cost = PRICE)]
    fn constant() {}
    #[track_tool("cost_constant_path", cost = prices::EXACT)]
    async fn path() -> Result<(), String> {
        Ok(())
    }
    #[track_tool("cost_argument", cost = fee)]
    async fn argument(fee: f64, fail: bool) -> Result<(), String> {
        if fail { Err(fee.to_string()) } else { Ok(()) }
    }
    constant();
    block_on(path()).unwrap();
    block_on(argument(0.25, false)).unwrap();
    block_on(argument(0.25, true)).unwrap_err();
    assert_eq!((tool("cost_constant"), tool("cost_constant_path")), (Some(0.5), Some(3e-9)));
    assert_eq!(tool("cost_argument"), Some(0.25));
}

#[test]
fn methods_have_self_in_scope() {
    struct Api {
        fee: f64,
    }
    impl Api {
        #[track_tool("cost_method", cost = self.fee)]
        fn by_reference(&self) -> &Self {
            self
        }
        #[track_tool("cost_method", cost = self.fee * 2.0)]
        async fn changes(&mut self, fee: f64) -> Option<()> {
            self.fee = fee;
            Some(())
        }
        #[track_tool("cost_method", cost = Self::standard())]
        fn consumed(self) -> Self {
            self
        }
        fn standard() -> f64 {
            0.125
        }
    }
    #[async_trait::async_trait]
    trait Ask {
        async fn ask(&self, question: &str) -> Result<String, String>;
    }
    #[async_trait::async_trait]
    impl Ask for Api {
        #[track_tool("cost_async_trait", cost = 0.25 * question.len() as f64)]
        async fn ask(&self, question: &str) -> Result<String, String> {
            Ok(question.repeat(2))
        }
    }
    let mut api = Api { fee: 0.5 };
    api.by_reference();
    block_on(api.changes(0.75));
    assert_eq!(tool("cost_method"), Some(1.5));
    block_on(api.ask("??")).unwrap();
    assert_eq!(tool("cost_async_trait"), Some(0.5));
    api.consumed();
    assert_eq!(tool("cost_method"), Some(1.625));
}

#[test]
fn question_marks_and_early_returns_end_the_body_only() {
    #[track_tool("cost_early", cost = 0.5)]
    async fn read(text: &str) -> Result<u32, std::num::ParseIntError> {
        if text.is_empty() {
            return Ok(0);
        }
        Ok(text.parse::<u32>()? + 1)
    }
    assert_eq!(block_on(read("")), Ok(0));
    assert_eq!(block_on(read("1")), Ok(2));
    block_on(read("x")).unwrap_err();
    assert_eq!(tool("cost_early"), Some(1.0));
}

#[test]
fn what_was_cancelled_or_panicked_costs_nothing() {
    #[track_tool("cost_cancelled", cost = 0.5)]
    async fn waits() {
        pending::<()>().await;
    }
    #[track_tool("cost_panicked", cost = 0.5)]
    fn panics() {
        panic!("in the body");
    }
    #[track_tool("cost_panicked", cost = |_| 0.5)]
    async fn panics_later() {
        panic!("in the body");
    }
    let mut future = Box::pin(waits());
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(future);
    catch_unwind(panics).unwrap_err();
    catch_unwind(AssertUnwindSafe(|| block_on(panics_later()))).unwrap_err();
    let calls = |name, status| page::value("arc_tool_calls_total", &[("tool", name), ("status", status)]);
    assert_eq!((tool("cost_cancelled"), calls("cost_cancelled", "cancelled")), (Some(0.0), Some(1.0)));
    assert_eq!((tool("cost_panicked"), calls("cost_panicked", "panic")), (Some(0.0), Some(2.0)));
}

#[test]
fn nonsense_is_refused_and_counted() {
    #[track_tool("cost_nonsense", cost = dollars)]
    fn states(dollars: f64) {}
    #[track_tool("cost_nonsense", cost = |_| -> f64 { panic!("in the closure") })]
    fn panicking_closure() -> u8 {
        7
    }
    fn broken() -> f64 {
        panic!("in the expression")
    }
    #[track_tool("cost_nonsense", cost = broken())]
    async fn panicking_expression() -> u8 {
        8
    }
    let reasons = ["negative", "not_finite", "too_large", "panicked"];
    let before = reasons.map(refused);
    states(-0.5);
    states(f64::NAN);
    states(f64::INFINITY);
    states(2e6);
    states(1e300);
    assert_eq!(panicking_closure(), 7, "the call itself is not harmed");
    assert_eq!(block_on(panicking_expression()), 8);
    let after = reasons.map(refused);
    let counted: Vec<_> = before.iter().zip(after).map(|(before, after)| after - before).collect();
    assert_eq!(counted, [1.0, 2.0, 2.0, 2.0]);
    assert_eq!(tool("cost_nonsense"), Some(0.0));
    let calls = page::value("arc_tool_calls_total", &[("tool", "cost_nonsense"), ("status", "success")]);
    assert_eq!(calls, Some(7.0));
}

#[test]
fn the_innermost_agent_pays() {
    #[track_agent("cost_outer", cost = 1.0)]
    async fn outer() {
        buys();
        inner().await;
        free();
    }
    #[track_agent("cost_inner")]
    async fn inner() {
        futures::future::ready(()).await;
        futures::join!(async { buys() }, async { counts() }, asks());
    }
    #[track_agent("cost_beside", cost = |_| Usd::from_nanos(5))]
    async fn beside() {}
    #[track_tool("cost_bought", cost = 0.25)]
    fn buys() {}
    #[traced("cost_counted", cost = 0.125)]
    fn counts() {}
    #[track_llm(model = "gpt-4o", usage = none, cost = 0.5)]
    async fn asks() {}
    #[track_tool("cost_free")]
    fn free() {}

    block_on(async { futures::join!(outer(), beside(), async { buys() }) });
    assert_eq!(agent("cost_outer"), Some(1.25), "its own and the tool directly inside");
    assert_eq!(agent("cost_inner"), Some(0.875));
    assert_eq!(agent("cost_beside"), Some(5e-9));
    assert_eq!((tool("cost_bought"), operation("cost_counted")), (Some(0.75), Some(0.125)));
    assert_eq!(tool("cost_free"), None, "a tool without `cost` has no series");
}

#[test]
fn an_llm_call_that_says_its_cost_is_not_priced() {
    #[track_llm(model = "cost-flat", usage = |_| Usage::new(10, 5), cost = 0.5)]
    fn flat() {}
    #[track_llm(model = "gpt-4.1", usage = |paid| Usage::new(1_000_000, paid.1), cost = |paid| paid.0)]
    fn by_result(cost: Option<f64>) -> (Option<f64>, u64) {
        (cost, 0)
    }
    #[track_llm(model = "cost-none", usage = none, cost = 0.25)]
    async fn without_usage() {}
    #[track_llm(model = "cost-failing", usage = recorded, cost = 0.25)]
    async fn failing() -> Result<(), String> {
        arc_obs::record_usage(&Usage::new(7, 7));
        Err("no".into())
    }
    flat();
    assert_eq!((llm("cost-flat"), unpriced("cost-flat")), (Some(0.5), 0.0));
    assert_eq!(page::tokens("cost-flat", "prompt"), 10.0, "tokens are counted beside it");
    by_result(Some(0.125));
    assert_eq!(llm("gpt-4.1"), Some(0.125), "in place of the price");
    by_result(None);
    assert_eq!(llm("gpt-4.1"), Some(2.125), "where it says nothing the price holds");
    block_on(without_usage());
    assert_eq!((llm("cost-none"), page::llm("cost-none", "success")), (Some(0.25), 1.0));
    block_on(failing()).unwrap_err();
    assert_eq!((llm("cost-failing"), unpriced("cost-failing")), (Some(0.0), 0.0));
    assert_eq!(page::tokens("cost-failing", "prompt"), 7.0);
}

#[test]
fn where_one_call_wraps_another_a_stated_cost_is_counted_once() {
    #[track_llm(model = "cost-wrapper", cost = 1.0, usage = |_| Usage::new(3, 3))]
    async fn wrapper() {
        innermost().await;
    }
    #[track_llm(model = "cost-innermost", cost = 0.5, usage = none)]
    async fn innermost() {}
    #[track_llm(model = "gpt-4.1-mini", usage = |_| Usage::new(1_000_000, 0))]
    async fn priced_wrapper() {
        innermost().await;
    }
    #[track_llm(model = "cost-around-tokens", cost = 1.0, usage = none)]
    async fn around_tokens() {
        counts_tokens().await;
    }
    #[track_llm(model = "gpt-4.1-nano", usage = |_| Usage::new(1_000_000, 0))]
    async fn counts_tokens() {}

    block_on(wrapper());
    assert_eq!((llm("cost-innermost"), llm("cost-wrapper")), (Some(0.5), Some(0.0)));
    assert_eq!(page::tokens("cost-wrapper", "prompt"), 3.0, "tokens that nobody inside counted");
    block_on(priced_wrapper());
    assert_eq!((llm("cost-innermost"), llm("gpt-4.1-mini")), (Some(1.0), Some(0.0)));
    block_on(around_tokens());
    assert_eq!((llm("gpt-4.1-nano"), llm("cost-around-tokens")), (Some(0.1), Some(0.0)));
}

#[test]
fn a_span_and_a_cost_go_together() {
    use tracing_subscriber::layer::SubscriberExt;
    #[track_tool("cost_in_a_span", cost = 0.5)]
    async fn spanned() {}
    let subscriber = tracing_subscriber::registry().with(tracing_subscriber::fmt::layer().with_writer(std::io::sink));
    tracing::subscriber::with_default(subscriber, || block_on(spanned()));
    assert_eq!(tool("cost_in_a_span"), Some(0.5));
}

#[test]
fn the_summary_shows_the_cost_of_tools_and_operations() {
    #[track_tool("cost_summary", cost = 0.005)]
    fn bought() {}
    #[track_tool("cost_summary_free")]
    fn free() {}
    bought();
    free();
    let summary = arc_obs::summary();
    let row = |name: &str| summary.tools.iter().find(|row| row.name == name).unwrap().clone();
    assert_eq!(row("cost_summary").cost.map(|cost| cost.to_string()).as_deref(), Some("$0.005"));
    assert_eq!(row("cost_summary_free").cost, None);
    let text = summary.to_string();
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("cost_summary ").contains("$0.005"), "{text}");
    assert!(line("tool ").contains("cost"), "{text}");
}

#[test]
fn what_a_macro_passes_on_is_read() {
    macro_rules! tool {
        ($name:ident, $tool:literal, $cost:expr, $argument:ident) => {
            #[track_tool($tool, cost = $cost)]
            fn $name($argument: f64) -> f64 {
                $argument
            }
        };
    }
    tool!(flat, "cost_macro", 0.25, _unused);
    tool!(by_argument, "cost_macro", fee * 2.0, fee);
    tool!(by_result, "cost_macro", |paid| *paid, fee);
    tool!(by_path, "cost_macro", PER_PAGE, _unused);
    flat(1.0);
    by_argument(0.5);
    by_result(0.5);
    by_path(1.0);
    assert_eq!(tool("cost_macro"), Some(0.25 + 1.0 + 0.5 + PER_PAGE));
}

#[test]
fn a_function_that_never_returns_may_say_a_cost() {
    #[track_tool("cost_never", cost = 0.5)]
    fn never() -> ! {
        panic!("in the body")
    }
    #[track_tool("cost_never", cost = |_| 0.5)]
    async fn never_later() -> ! {
        futures::future::ready(()).await;
        panic!("in the body")
    }
    catch_unwind(|| never()).unwrap_err();
    catch_unwind(AssertUnwindSafe(|| block_on(never_later()))).unwrap_err();
    assert_eq!(tool("cost_never"), Some(0.0));
}

mod without_a_prelude {
    #![no_implicit_prelude]
    #![allow(dead_code)]

    // As hostile as a module can be.
    struct Some;
    struct None;
    struct Option;
    struct Box;

    #[::arc_obs::track_tool("cost_no_prelude", cost = pages * 0.5)]
    pub(super) async fn scan(pages: f64) {}

    #[::arc_obs::track_llm(model = "cost-no-prelude", price(input = 1, output = 2, reasoning = 3), usage = none)]
    pub(super) fn ask() {}

    #[::arc_obs::track_llm(model = "gpt-4o", tier = "flex", usage = none)]
    pub(super) fn ask_at_leisure() {}
}

#[test]
fn the_names_around_a_function_do_not_matter() {
    block_on(without_a_prelude::scan(3.0));
    without_a_prelude::ask();
    without_a_prelude::ask_at_leisure();
    assert_eq!((tool("cost_no_prelude"), llm("cost-no-prelude")), (Some(1.5), Some(0.0)));
}
