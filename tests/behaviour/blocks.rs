//! An attribute on a whole block is one on each function in it.
#![deny(warnings, unused_qualifications)]
#![warn(clippy::pedantic)]
#![allow(clippy::unused_async, clippy::unused_self)]

use std::fmt::Error;

use arc_obs::testing::{Capture, OperationKind, capture};
use arc_obs::{Status, Usage, skip, traced, track_agent, track_llm, track_tool};
use futures::executor::block_on;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::spans::Page;

/// What was recorded: `kind name`, in the order in which it ended.
fn seen(capture: &Capture) -> Vec<String> {
    capture.operations().iter().map(|it| format!("{} {}", it.kind.as_str(), it.name)).collect()
}

struct Planner<T> {
    steps: Vec<T>,
}

#[traced]
impl<T: Clone + Send> Planner<T> {
    const STEPS: usize = 3;

    /// Documented, with attributes of other crates.
    #[must_use]
    fn new(steps: Vec<T>) -> Self {
        Self { steps }
    }

    async fn plan<const N: usize>(&mut self, more: [T; N]) -> Result<usize, Error> {
        self.steps.extend(more);
        if self.steps.len() > Self::STEPS {
            return Err(Error);
        }
        Ok(self.steps.len())
    }

    fn first(&self) -> Option<&T> {
        fn inner<T>(steps: &[T]) -> Option<&T> {
            steps.first()
        }
        inner(&self.steps)
    }

    #[traced("blocks_named")]
    fn named(&self) {}

    #[track_tool("blocks_tool")]
    fn tool(&self) {}

    #[arc_obs::skip]
    const fn constant() -> usize {
        Self::STEPS
    }

    #[skip]
    fn left_out(&self) -> usize {
        self.steps.len()
    }

    #[cfg_attr(all(), arc_obs::skip)]
    fn left_out_too(&self) {}

    #[rustfmt::skip]
    fn r#match(&self) {}

    #[cfg(any())]
    fn not_compiled(&self) -> NoSuchType {}
}

#[test]
fn each_method_of_an_impl_is_recorded_by_the_path_from_its_type() {
    let capture = capture();
    let mut planner = Planner::new(vec!["a"]);
    assert_eq!(block_on(planner.plan(["b"])), Ok(2));
    assert_eq!(block_on(planner.plan(["c", "d"])), Err(Error));
    assert_eq!(planner.first(), Some(&"a"));
    planner.named();
    planner.tool();
    planner.left_out_too();
    planner.r#match();
    assert_eq!(Planner::<()>::constant() + planner.left_out(), 7);
    assert_eq!(
        seen(&capture),
        [
            "operation Planner::new",
            "operation Planner::plan",
            "operation Planner::plan",
            "operation Planner::first",
            "operation blocks_named",
            "tool blocks_tool",
            "operation Planner::match",
        ]
    );
    let statuses: Vec<_> = capture.operations().iter().map(|it| it.status).collect();
    assert_eq!(statuses[1..3], [Status::Success, Status::Error]);
    assert_eq!(capture.operations()[0].function.as_deref(), Some("new"));
}

trait Store {
    const NAME: &'static str;

    fn at(&self, key: usize) -> u32;

    async fn load(&self) -> usize
    where
        Self: Sync;
}

#[traced]
trait Named {
    fn name(&self) -> String;

    fn title(&self) -> String {
        self.name().to_uppercase()
    }
}

#[track_tool]
impl Store for &[u32] {
    const NAME: &'static str = "slice";

    fn at(&self, key: usize) -> u32 {
        self[key]
    }

    async fn load(&self) -> usize {
        self.len()
    }
}

#[traced]
impl<S: Store> Named for S {
    fn name(&self) -> String {
        S::NAME.to_owned()
    }
}

#[test]
fn trait_impls_and_default_bodies() {
    let capture = capture();
    let store: &[u32] = &[7, 8];
    assert_eq!(store.at(1), 8);
    assert_eq!(block_on(store.load()), 2);
    assert_eq!(store.title(), "SLICE");
    assert_eq!(seen(&capture), ["tool at", "tool load", "operation Named::name", "operation Named::title"]);
}

#[traced]
#[async_trait::async_trait]
trait Before {
    async fn before(&self) -> u32 {
        1
    }
}

#[async_trait::async_trait]
trait After {
    async fn after(&self) -> u32;
}

#[async_trait::async_trait]
impl Before for u32 {}

#[traced]
#[async_trait::async_trait]
impl After for u32 {
    async fn after(&self) -> u32 {
        *self
    }
}

#[async_trait::async_trait]
#[traced]
impl After for u64 {
    async fn after(&self) -> u32 {
        tokio::task::yield_now().await;
        64
    }
}

#[test]
fn async_trait_in_either_order() {
    let capture = capture();
    assert_eq!(block_on(async { 3_u32.before().await + 3_u32.after().await + 3_u64.after().await }), 68);
    assert_eq!(seen(&capture), ["operation Before::before", "operation u32::after", "operation u64::after"]);
}

#[traced]
mod pipeline {
    #![allow(clippy::module_inception)]

    use super::{Error, track_tool};

    pub const LOAD: fn() -> u32 = load;

    pub static ONCE: std::sync::OnceLock<u32> = std::sync::OnceLock::new();

    macro_rules! function {
        ($(#[$attribute:meta])* $visibility:vis $name:ident) => {
            $(#[$attribute])*
            $visibility fn $name() {}
        };
    }

    function!(pub from_a_macro);

    pub fn load() -> u32 {
        let [one] = [1; 1];
        one
    }

    pub async fn parse(text: &str) -> Result<u32, Error> {
        text.parse().map_err(|_| Error)
    }

    pub struct Stage;

    impl Stage {
        pub fn run(&self) {}

        #[arc_obs::skip]
        pub fn left_out(&self) {}
    }

    #[arc_obs::skip]
    impl Stage {
        pub fn whole(&self) {}
    }

    #[track_tool]
    impl Stage {
        pub fn blocks_stage_tool(&self) {}
    }

    pub mod pipeline {
        pub fn deep() {}

        #[tokio::test]
        async fn in_a_block() {
            let capture = arc_obs::testing::capture();
            tokio::task::yield_now().await;
            deep();
            assert_eq!(capture.operations()[0].name, "pipeline::pipeline::deep");
        }
    }

    #[arc_obs::skip]
    pub mod outside {
        pub fn nothing() {}
    }
}

#[test]
fn a_module_is_recorded_with_all_that_is_in_it() {
    let capture = capture();
    assert_eq!((pipeline::LOAD)(), 1);
    assert_eq!(pipeline::ONCE.get(), None);
    pipeline::from_a_macro();
    block_on(pipeline::parse("x")).unwrap_err();
    pipeline::Stage.run();
    pipeline::Stage.left_out();
    pipeline::Stage.whole();
    pipeline::Stage.blocks_stage_tool();
    pipeline::pipeline::deep();
    pipeline::outside::nothing();
    assert_eq!(
        seen(&capture),
        [
            "operation pipeline::load",
            "operation pipeline::parse",
            "operation pipeline::Stage::run",
            "tool blocks_stage_tool",
            "operation pipeline::pipeline::deep",
        ]
    );
}

struct Client;

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500))]
impl Client {
    async fn ask(&self) -> u8 {
        1
    }

    fn ask_now(&self) -> u32 {
        1
    }
}

#[track_agent("blocks_agent", kind = "plan_and_execute", cost = 0.25)]
impl Client {
    async fn run(&self) {
        self.ask().await;
    }

    fn resume(&self) -> u32 {
        self.ask_now()
    }
}

#[traced("blocks_one")]
impl Client {
    #[cfg(not(any()))]
    fn one(&self) {}

    #[cfg(any())]
    fn one(&self, _: NoSuchType) {}

    #[skip]
    fn other(&self) {}
}

#[test]
fn what_the_attribute_says_holds_for_each_function() {
    let capture = capture();
    block_on(Client.run());
    Client.resume();
    Client.one();
    Client.other();
    let agents: Vec<_> =
        capture.operations().into_iter().filter(|operation| operation.kind == OperationKind::Agent).collect();
    assert_eq!(agents.len(), 2);
    assert!(agents.iter().all(|agent| agent.name == "blocks_agent"));
    assert!(agents.iter().all(|agent| agent.cost.unwrap().to_string() == "$0.2575"));
    assert_eq!(capture.llm_calls().len(), 2);
    assert!(capture.llm_calls().iter().all(|call| call.usage == Some(Usage::new(1_000, 500))));
    assert_eq!(seen(&capture).last().unwrap(), "operation blocks_one");
}

#[traced]
mod blocks_shapes {
    #![no_implicit_prelude]

    use ::std::boxed::Box;
    use ::std::future::Future;
    use ::std::marker::{Send, Sized};
    use ::std::ops::Fn;
    use ::std::pin::Pin;

    pub fn never() -> ! {
        ::std::panic!("on purpose")
    }

    pub extern "C" fn foreign(value: u32) -> u32 {
        value + 1
    }

    #[allow(unsafe_code)]
    pub unsafe fn dangerous(value: u32) -> u32 {
        value + 1
    }

    pub fn future(value: &u32) -> impl Future<Output = u32> + '_ {
        async move { *value }
    }

    pub fn boxed<'a>(value: &'a u32) -> Pin<Box<dyn Future<Output = u32> + Send + 'a>> {
        Box::pin(async move { *value })
    }

    pub fn braces<const N: usize, F: Fn(u32) -> u32>(values: [u32; N], with: F) -> Holds<{ 1 + 1 }>
    where
        Holds<{ 1 + 1 }>: Sized,
    {
        Holds([with(values[0]), with(values[N - 1])])
    }

    pub struct Holds<const N: usize>(pub [u32; N]);
}

#[test]
#[allow(unsafe_code)]
fn functions_of_every_shape() {
    use blocks_shapes::{boxed, braces, dangerous, foreign, future, never};
    let capture = capture();
    std::panic::catch_unwind(never).unwrap_err();
    // SAFETY: `dangerous` only adds one.
    assert_eq!(foreign(1) + unsafe { dangerous(2) }, 5);
    assert_eq!(block_on(async { future(&3).await + boxed(&4).await }), 7);
    assert_eq!(braces([1, 2, 3], |n| n * 2).0, [2, 6]);
    let names = ["never", "foreign", "dangerous", "future", "boxed", "braces"];
    assert_eq!(seen(&capture), names.map(|name| format!("operation blocks_shapes::{name}")));
    assert_eq!(capture.operations()[0].status, Status::Panic);
}

/// Passes on a whole item, a visibility, a type and a body, each as a group of its own.
macro_rules! passed_on {
    ($type:ty, $visibility:vis, $body:block, $item:item, $method:item) => {
        $item

        #[traced]
        impl $type {
            $visibility fn passed(&self) -> u32 $body

            fn inferred(&self) -> std::vec::Vec<u32> {
                std::iter::once(1).collect()
            }
        }

        #[traced]
        mod passed_items {
            $method
        }
    };
}

passed_on!(
    Passed,
    pub(crate),
    { 5 },
    struct Passed;,
    pub fn item() -> u32 {
        6
    }
);

#[test]
fn what_a_macro_passed_on() {
    let capture = capture();
    assert_eq!(Passed.passed() + passed_items::item(), 11);
    assert_eq!(Passed.inferred(), [1]);
    assert_eq!(
        seen(&capture),
        ["operation Passed::passed", "operation passed_items::item", "operation Passed::inferred"]
    );
}

mod facade {
    pub mod telemetry {
        pub use arc_obs::*;
    }
}

#[traced(crate = crate::blocks::facade::telemetry)]
impl Passed {
    fn through_a_facade(&self) {}
}

#[skip]
fn outside_of_a_block() -> u32 {
    1
}

#[skip]
struct Skipped(u32);

#[test]
fn a_facade_and_no_block() {
    let capture = capture();
    Passed.through_a_facade();
    assert_eq!(outside_of_a_block() + Skipped(1).0, 2);
    assert_eq!(seen(&capture), ["operation Passed::through_a_facade"]);
}

#[traced]
mod lines {
    pub const BEFORE: u32 = line!();
    pub fn placed() {}

    pub async fn placed_as_well() {}
    pub const AFTER: u32 = line!();
}

#[test]
fn a_function_is_placed_where_it_stands_and_not_where_the_attribute_does() {
    let page = Page::default();
    let subscriber = tracing_subscriber::fmt()
        .with_writer(page.clone())
        .with_ansi(false)
        .with_line_number(true)
        .with_span_events(FmtSpan::CLOSE)
        .finish();
    tracing::subscriber::with_default(subscriber, || {
        lines::placed();
        block_on(lines::placed_as_well());
    });
    let text = page.text();
    for (name, line) in [("placed", lines::BEFORE + 1), ("placed_as_well", lines::AFTER - 1)] {
        let line = format!(": {line}: ");
        let told = text.lines().any(|told| told.contains(&format!("lines::{name}")) && told.contains(&line));
        assert!(told, "{name} {line}\n{text}");
    }
}
