//! Functions of every shape keep doing what they did, and are counted.
#![deny(warnings)]
#![warn(clippy::pedantic)]
#![allow(clippy::unused_async, clippy::unnecessary_wraps, clippy::missing_errors_doc, clippy::ref_option_ref)]

use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;

use arc_obs::{LlmResponse, Usage, traced, track_agent, track_llm, track_tool};
use arc_obs_tests::page;
use futures::executor::block_on;

#[derive(Debug, Clone, PartialEq)]
struct Answer(u64);

impl LlmResponse for Answer {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::new(10, self.0))
    }
}

#[derive(Debug)]
struct Broken;

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

/// Calls an expression and checks that the operation was counted as a success.
macro_rules! counted {
    ($name:literal, $call:expr) => {{
        let before = page::operation($name, "success");
        let result = $call;
        assert!((page::operation($name, "success") - before - 1.0).abs() < 0.5, "{} was not counted once", $name);
        result
    }};
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[traced("shape_nothing")]
fn nothing() {}

#[traced("shape_early_return")]
fn early_return(n: i32) -> Result<i32, Broken> {
    if n < 0 {
        return Ok(0);
    }
    let doubled: i32 = Ok::<i32, Broken>(n)?;
    Ok(doubled * 2)
}

#[test]
fn sync_functions() {
    counted!("shape_nothing", nothing());
    assert_eq!(counted!("shape_early_return", early_return(4)).unwrap(), 8);
    assert_eq!(early_return(-4).unwrap(), 0);
}

#[traced("shape_generic")]
fn generic<'a, T, const N: usize>(value: &'a T, _array: [u8; N]) -> (&'a T, usize)
where
    T: Clone + PartialEq,
{
    (value, N)
}

#[traced("shape_borrow_mut")]
fn borrow_mut(values: &mut Vec<u8>) -> &mut u8 {
    values.push(7);
    values.last_mut().unwrap()
}

#[traced("shape_destructured")]
fn destructured((a, b): (u32, u32), [c, ..]: [u32; 3], mut d: u32) -> u32 {
    d += a + b + c;
    d
}

#[traced("shape_impl_trait")]
fn impl_trait(values: impl IntoIterator<Item = u32>) -> impl Iterator<Item = u32> {
    values.into_iter().map(|n| n + 1)
}

#[traced("shape_dyn")]
fn coerced(fail: bool) -> Result<Box<dyn Debug>, Box<dyn std::error::Error>> {
    if fail {
        return Err("text".into());
    }
    Ok(Box::new(3))
}

#[test]
fn generics_borrows_patterns_and_coercions() {
    assert_eq!(counted!("shape_generic", generic(&"x", [0; 3])), (&"x", 3));
    let mut values = vec![];
    *counted!("shape_borrow_mut", borrow_mut(&mut values)) += 1;
    assert_eq!(values, [8]);
    assert_eq!(counted!("shape_destructured", destructured((1, 2), [3, 0, 0], 4)), 10);
    assert_eq!(counted!("shape_impl_trait", impl_trait([1, 2])).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(format!("{:?}", counted!("shape_dyn", coerced(false)).unwrap()), "3");
    coerced(true).unwrap_err();
}

#[traced("shape_unsafe")]
#[allow(unsafe_code)]
unsafe fn dangerous(value: u32) -> u32 {
    value + 1
}

#[traced("shape_extern")]
extern "C" fn foreign(value: u32) -> u32 {
    value + 1
}

#[traced("shape_recursive")]
fn recursive(n: u32) -> u32 {
    if n == 0 { 0 } else { 1 + recursive(n - 1) }
}

#[traced("shape_never")]
fn never(fine: bool) -> ! {
    assert!(!fine, "the only way out");
    std::panic::panic_any("left")
}

#[test]
#[allow(unsafe_code)]
fn unsafe_extern_recursive_and_diverging_functions() {
    // SAFETY: `dangerous` only adds one.
    assert_eq!(counted!("shape_unsafe", unsafe { dangerous(1) }), 2);
    assert_eq!(counted!("shape_extern", foreign(1)), 2);
    assert_eq!(recursive(9), 9);
    assert!((page::operation("shape_recursive", "success") - 10.0).abs() < 0.5);
    std::panic::catch_unwind(|| never(false)).unwrap_err();
    assert!((page::operation("shape_never", "panic") - 1.0).abs() < 0.5);
}

struct Shop {
    sold: u32,
}

trait Selling {
    async fn sell(&mut self, count: u32) -> Result<u32, Broken>;

    #[traced("shape_default_method")]
    fn open(&self) -> bool {
        true
    }
}

impl Selling for Shop {
    #[traced("shape_trait_method")]
    async fn sell(&mut self, count: u32) -> Result<u32, Broken> {
        self.sold += count;
        Ok(self.sold)
    }
}

impl Shop {
    #[traced("shape_by_value")]
    fn close(self) -> u32 {
        self.sold
    }

    #[traced("shape_boxed_self")]
    fn boxed(self: Box<Self>) -> u32 {
        self.sold
    }

    #[traced("shape_builder")]
    async fn with(&mut self, sold: u32) -> &mut Self {
        self.sold = sold;
        self
    }

    #[traced]
    fn shape_named_after_the_function(&self) -> Self
    where
        Self: Sized,
    {
        Self { sold: self.sold }
    }
}

#[test]
fn methods() {
    let mut shop = Shop { sold: 1 };
    assert!(counted!("shape_default_method", shop.open()));
    assert_eq!(counted!("shape_trait_method", block_on(shop.sell(2))).unwrap(), 3);
    assert_eq!(counted!("shape_builder", block_on(shop.with(5))).sold, 5);
    let copy = counted!("shape_named_after_the_function", shop.shape_named_after_the_function());
    assert_eq!(counted!("shape_boxed_self", Box::new(copy).boxed()), 5);
    assert_eq!(counted!("shape_by_value", shop.close()), 5);
}

#[traced("shape_async")]
async fn asynchronous(text: &str, owned: String) -> Result<usize, Broken> {
    futures::future::ready(()).await;
    if owned.is_empty() {
        return Err(Broken);
    }
    Ok(text.len() + owned.len())
}

#[traced("shape_impl_future")]
fn impl_future(n: u64) -> impl Future<Output = u64> + Send {
    let doubled = n * 2;
    async move { doubled }
}

#[traced("shape_boxed_future")]
fn boxed_future<'a>(n: &'a u64) -> Pin<Box<dyn Future<Output = u64> + Send + 'a>> {
    if *n == 0 {
        return Box::pin(async { 0 });
    }
    Box::pin(async move { *n })
}

#[test]
fn futures_are_timed_and_not_their_construction() {
    assert_eq!(counted!("shape_async", block_on(is_send(asynchronous("ab", "c".into())))).unwrap(), 3);
    let waiting = impl_future(2);
    assert!(page::operation("shape_impl_future", "success").abs() < 0.5, "counted before it was polled");
    assert_eq!(block_on(is_send(waiting)), 4);
    assert!((page::operation("shape_impl_future", "success") - 1.0).abs() < 0.5);
    assert_eq!(counted!("shape_boxed_future", block_on(is_send(boxed_future(&3)))), 3);
    assert_eq!(block_on(boxed_future(&0)), 0);
}

#[async_trait::async_trait]
trait Asking: Sync {
    async fn ask(&self, n: u64) -> Result<Answer, Broken>;

    #[traced("shape_async_trait_default")]
    async fn greet(&self) -> usize {
        5
    }
}

struct Oracle;

#[async_trait::async_trait]
impl Asking for Oracle {
    #[track_llm(model = "shape-async-trait", unpriced)]
    async fn ask(&self, n: u64) -> Result<Answer, Broken> {
        futures::future::ready(()).await;
        if n == 0 {
            return Err(Broken);
        }
        Ok(Answer(n))
    }
}

#[test]
fn async_trait_methods() {
    let oracle: Box<dyn Asking> = Box::new(Oracle);
    assert_eq!(block_on(oracle.ask(3)).unwrap(), Answer(3));
    block_on(oracle.ask(0)).unwrap_err();
    assert!((page::llm("shape-async-trait", "success") - 1.0).abs() < 0.5);
    assert!((page::llm("shape-async-trait", "error") - 1.0).abs() < 0.5);
    assert_eq!(counted!("shape_async_trait_default", block_on(oracle.greet())), 5);
}

/// Names of the prelude mean something else here.
mod shadowed {
    #![allow(dead_code, non_camel_case_types, clippy::module_name_repetitions)]

    pub struct Option;
    pub struct Some;
    pub struct None;
    pub struct Result;
    pub struct Box;
    pub mod std {}
    pub mod core {}
    #[allow(unused_macros)]
    macro_rules! line {
        () => {
            compile_error!("the wrong `line`")
        };
    }

    #[arc_obs::traced("shape_shadowed")]
    pub async fn asynchronous(text: &str) -> usize {
        text.len()
    }

    #[arc_obs::track_cache("shape_shadowed")]
    pub fn look_up(found: bool) -> ::std::option::Option<u8> {
        found.then_some(3)
    }

    #[arc_obs::track_llm(model = "shape-shadowed", unpriced, provider = "openai", usage = none)]
    pub fn call(text: &str) -> usize {
        text.len()
    }
}

#[test]
fn shadowed_prelude_names() {
    assert_eq!(counted!("shape_shadowed", block_on(shadowed::asynchronous("abc"))), 3);
    assert_eq!(shadowed::call("abc"), 3);
    assert_eq!(shadowed::look_up(true), Some(3));
    assert_eq!(page::value("arc_cache_hits_total", &[("cache_type", "shape_shadowed")]), Some(1.0));
}

macro_rules! made_by_a_macro {
    ($name:ident, $literal:literal, $body:block) => {
        #[track_tool($literal)]
        fn $name() -> u32 $body
    };
}

made_by_a_macro!(made, "shape_macro", { 4 });

mod facade {
    pub use arc_obs as telemetry;
}

#[track_agent("shape_crate_path", kind = "plan", crate = crate::shapes::facade::telemetry)]
fn through_a_facade() -> u8 {
    1
}

#[track_agent(name = "shape_by_key")]
#[must_use]
#[inline]
/// Documented after the attribute.
fn with_other_attributes() -> u8 {
    2
}

#[test]
fn macros_facades_and_other_attributes() {
    assert_eq!((made(), through_a_facade(), with_other_attributes()), (4, 1, 2));
    assert!((page::agent("shape_crate_path", "success") - 1.0).abs() < 0.5);
    assert!((page::agent("shape_by_key", "success") - 1.0).abs() < 0.5);
    let tool = page::value("arc_tool_calls_total", &[("tool", "shape_macro"), ("status", "success")]);
    assert_eq!(tool, Some(1.0));
}

#[traced("shape_tokio")]
#[tokio::test]
async fn under_tokio_test() {
    tokio::task::yield_now().await;
}

#[traced("shape_raw")]
fn r#match(r#type: u32) -> u32 {
    r#type
}

#[traced]
async fn r#shape_closures() -> u32 {
    let add = |n: u32| n + 1;
    let later = async move { add(1) };
    add(later.await)
}

#[test]
fn raw_identifiers_and_inner_closures() {
    assert_eq!(counted!("shape_raw", r#match(3)), 3);
    assert_eq!(counted!("shape_closures", block_on(shape_closures())), 3);
}

thread_local! {
    static DROPPED: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

struct Loud(&'static str);

impl Drop for Loud {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

struct Pair {
    left: Loud,
    #[allow(dead_code)]
    right: Loud,
}

fn look(_: &Loud) {}

#[test]
#[allow(clippy::needless_pass_by_value)]
fn arguments_drop_in_the_order_of_a_function() {
    fn plain(a: Loud, (b, c): (Loud, Loud), _guard: Loud, pair: Pair) {
        let _local = Loud("local");
        look(&c);
        look(&pair.left);
        look(&a);
        drop(b);
    }
    #[traced("shape_drops")]
    fn sync(a: Loud, (b, c): (Loud, Loud), _guard: Loud, pair: Pair) {
        let _local = Loud("local");
        look(&c);
        look(&pair.left);
        look(&a);
        drop(b);
    }
    #[traced("shape_drops")]
    async fn later(a: Loud, (b, c): (Loud, Loud), _guard: Loud, pair: Pair) {
        let _local = Loud("local");
        look(&c);
        look(&pair.left);
        look(&a);
        drop(b);
    }
    let pair = || Pair { left: Loud("left"), right: Loud("right") };
    plain(Loud("a"), (Loud("b"), Loud("c")), Loud("guard"), pair());
    let expected = DROPPED.take();
    sync(Loud("a"), (Loud("b"), Loud("c")), Loud("guard"), pair());
    assert_eq!(DROPPED.take(), expected, "sync");
    block_on(later(Loud("a"), (Loud("b"), Loud("c")), Loud("guard"), pair()));
    assert_eq!(DROPPED.take(), expected, "async");
}

fn extra_bytes<F: Future>(plain: &impl Future, tracked: &F) -> usize {
    size_of_val(tracked) - size_of_val(plain)
}

#[test]
#[allow(clippy::large_types_passed_by_value)]
fn an_annotated_future_is_at_most_160_bytes_larger() {
    async fn plain(big: [u8; 1024]) -> u8 {
        futures::future::ready(()).await;
        big[0]
    }
    #[traced]
    async fn shape_sized(big: [u8; 1024]) -> u8 {
        futures::future::ready(()).await;
        big[0]
    }
    async fn plain_answer(n: u64) -> Result<Answer, Broken> {
        Ok(Answer(futures::future::ready(n).await))
    }
    #[track_llm(model = "shape-sized", unpriced)]
    async fn tracked_answer(n: u64) -> Result<Answer, Broken> {
        Ok(Answer(futures::future::ready(n).await))
    }

    let extra = extra_bytes(&plain([0; 1024]), &shape_sized([0; 1024]));
    assert!(extra <= 160, "{extra} bytes");
    let extra = extra_bytes(&plain_answer(1), &tracked_answer(1));
    assert!(extra <= 160, "{extra} bytes");
}
