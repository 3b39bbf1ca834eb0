//! Functions with every attribute and option, to be compiled with and without them: there
//! must be no warning of what only an attribute names, and the code must be the same.
//!
//! Compiled with recording on, too, so that what is written here is right.
#![deny(warnings, clippy::pedantic)]
#![cfg_attr(not(feature = "annotated"), allow(unused, clippy::used_underscore_binding))]
// Of the functions themselves.
#![allow(
    unsafe_code,
    clippy::manual_async_fn,
    clippy::missing_errors_doc,
    clippy::mixed_attributes_style,
    clippy::must_use_candidate,
    clippy::unused_async
)]

use futures_core::Stream;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

#[cfg(feature = "annotated")]
use arc_obs::{traced, track_agent, track_cache, track_llm, track_request, track_tool, track_workflow};

/// What only the attributes name: everything private here would be unused without them.
mod named {
    use arc_obs::Usage;

    pub(super) const PRICE: f64 = 0.002;
    pub(super) const NAME: &str = "named";
    pub(super) const MINE: arc_obs::Model = arc_obs::Model::new("mine").price(0.2, 0.6);

    pub(super) fn of_a_query(query: &str, units: u32) -> f64 {
        f64::from(units) + if query.is_empty() { 0.0 } else { PRICE }
    }

    pub(super) fn is_cached(word: &str) -> bool {
        word.is_empty()
    }

    pub(super) fn code<E>(answer: &Result<usize, E>) -> u16 {
        if answer.is_ok() { 200 } else { 400 }
    }

    pub(super) fn of_any<T>(_: &T) -> Option<arc_obs::Usd> {
        None
    }

    pub(super) fn length(words: &[&str]) -> usize {
        words.len()
    }

    pub(super) fn all<T>(_: &T) -> String {
        String::new()
    }

    pub(super) fn is_hit<T: Default + PartialEq>(found: &T) -> bool {
        *found != T::default()
    }

    pub(super) trait Tokens {
        fn tokens(&self) -> (u64, u64);
    }

    impl Tokens for super::Reply {
        fn tokens(&self) -> (u64, u64) {
            (self.input, self.output)
        }
    }

    pub(super) trait IntoUsage {
        fn into_usage(self, words: u64) -> Usage;
    }

    impl IntoUsage for (u64, u64) {
        fn into_usage(self, words: u64) -> Usage {
            Usage::new(self.0 + words, self.1)
        }
    }

    pub(super) const STREAM_PRICE: f64 = 0.003;

    pub(super) fn usage_of_chunk(reply: &super::Reply) -> Usage {
        Usage::new(reply.input, reply.output)
    }

    pub(super) fn usage<E>(reply: &Result<super::Reply, E>) -> Option<Usage> {
        reply.as_ref().ok().map(|reply| Usage::new(reply.input, reply.output))
    }
}
#[cfg(feature = "annotated")]
use named::{IntoUsage, Tokens, of_a_query};

/// What a model says.
#[derive(Debug)]
pub struct Reply {
    /// Its text.
    pub text: String,
    input: u64,
    output: u64,
}

impl Reply {
    /// An answer.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), input: 1, output: 2 }
    }
}

/// An error of a client's.
#[derive(Debug)]
pub struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

// One per attribute, with each of its options.

#[cfg_attr(feature = "annotated", track_agent("researcher", kind = "react", cost = 0.5, crate = arc_obs))]
#[inline(never)]
pub fn agent(task: &str) -> Result<String, Refused> {
    if task.is_empty() { Err(Refused) } else { Ok(task.to_uppercase()) }
}

#[cfg_attr(feature = "annotated", track_agent("poet", cost = of_a_query(&task, 2) + rate))]
#[inline(never)]
pub async fn async_agent(task: String, rate: f64) -> String {
    let first = step(&task).await;
    let second = step(&first).await;
    format!("{task}{second}")
}

#[cfg_attr(feature = "annotated", track_workflow("daily", cost = named::PRICE))]
#[inline(never)]
pub fn workflow(steps: &[u32]) -> u32 {
    use std::ops::Mul;
    steps.iter().fold(1, |all, step| all.mul(*step))
}

#[cfg_attr(feature = "annotated", track_cache("pages"))]
#[inline(never)]
pub fn cache(key: &str) -> Option<usize> {
    key.find('=')
}

#[cfg_attr(feature = "annotated", track_cache("sizes", hit = named::is_hit))]
#[inline(never)]
pub fn cache_by_path(key: &str) -> usize {
    key.len()
}

#[cfg_attr(feature = "annotated", track_cache("answers", hit = |found: &Vec<u8>| found.len() > least))]
#[inline(never)]
pub fn cache_by_closure(key: &str, least: usize) -> Vec<u8> {
    key.as_bytes().to_vec()
}

#[cfg_attr(feature = "annotated", track_llm(model = "gpt-4o", provider = "openai", operation = "chat", tier = "batch", usage = |reply| reply.as_ref().map_or((0, 0), Tokens::tokens).into_usage(words)))]
#[inline(never)]
pub async fn llm(prompt: &str, words: u64) -> Result<Reply, Refused> {
    Ok(Reply::new(&step(prompt).await))
}

#[cfg_attr(feature = "annotated", track_llm(model = "mine", price(input = 0.2, output = 0.6, reasoning = 0.7), usage = named::usage))]
#[inline(never)]
pub fn llm_by_path(prompt: &str) -> Result<Reply, Refused> {
    Ok(Reply::new(prompt))
}

#[cfg_attr(feature = "annotated", track_llm(model = "mine", unpriced, usage = none))]
#[inline(never)]
pub fn llm_of_nobody(prompt: &str) -> String {
    prompt.repeat(2)
}

#[cfg_attr(feature = "annotated", track_llm(model = "mine", usage = recorded, cost = named::of_any))]
#[inline(never)]
pub fn llm_of_the_body(prompt: &str) -> String {
    arc_obs::record_usage(&arc_obs::Usage::new(1, 2));
    prompt.repeat(3)
}

#[cfg_attr(feature = "annotated", track_request(method = "POST", endpoint = "/ask", status = named::code))]
#[inline(never)]
pub fn request(body: &str) -> Result<usize, Refused> {
    if body.is_empty() { Err(Refused) } else { Ok(body.len()) }
}

#[cfg_attr(feature = "annotated", track_tool("search", cost = |found| found.as_ref().map_or(0.0, |found| per_hit * f64::from(*found))))]
#[inline(never)]
pub fn tool(query: &str, per_hit: f64) -> Result<u32, Refused> {
    query.parse().map_err(|_| Refused)
}

#[cfg_attr(feature = "annotated", traced(name = "load", cost = named::of_any))]
#[inline(never)]
pub fn traced_by_path(bytes: Vec<u8>) -> Option<Vec<u8>> {
    (!bytes.is_empty()).then_some(bytes)
}

#[cfg_attr(feature = "annotated", traced)]
async fn step(text: &str) -> String {
    Once(false).await;
    text.to_lowercase()
}

// Span fields.

#[cfg_attr(feature = "annotated", track_tool("fielded", fields(user.id = user, ?words, length = %named::length(words), later, parts = _), on_success(found = |found| found.len() + usize::from(user > 1), all = ?named::all), on_error(code = |error: &Refused| error.to_string())))]
#[inline(never)]
pub fn fielded(user: u64, words: &[&str], later: bool) -> Result<Vec<String>, Refused> {
    let parts = words.len();
    #[cfg(feature = "annotated")]
    arc_obs::set_field!(parts = parts, later = ?Some(user));
    words.iter().map(|word| if word.is_empty() { Err(Refused) } else { Ok(word.repeat(parts)) }).collect()
}

#[cfg_attr(feature = "annotated", traced(fields(rate, parts = _)))]
#[inline(never)]
pub async fn fielded_later(text: String, rate: f64) -> usize {
    let first = step(&text).await;
    let length = first.len();
    #[cfg(feature = "annotated")]
    arc_obs::set_field!(parts = %named::length(&[&first]));
    step(&first).await.len() + length
}

// Names of run time.

#[cfg_attr(feature = "annotated", track_agent(name = format!("{team} {index}"), kind = "react"))]
#[inline(never)]
pub async fn named_agent(team: &str, index: u8) -> usize {
    step("name").await.len()
}

#[cfg_attr(feature = "annotated", track_tool(name = named::NAME))]
#[inline(never)]
pub fn named_tool() -> u8 {
    1
}

#[cfg_attr(feature = "annotated", track_llm(model = named::MINE, usage = none))]
#[inline(never)]
pub fn named_model() -> u8 {
    2
}

#[cfg_attr(feature = "annotated", track_llm(model = own, usage = none))]
#[inline(never)]
pub fn model_of_an_argument(own: &str) -> u8 {
    3
}

// Labels.

#[cfg(feature = "annotated")]
arc_obs::labels! {
    tier: Tier,
    cached: bool,
}

/// What a customer pays.
#[derive(Clone, Copy)]
#[cfg_attr(feature = "annotated", derive(arc_obs::LabelValue))]
pub enum Tier {
    /// Nothing.
    Free,
    /// Something.
    Paid,
}

#[cfg_attr(feature = "annotated", track_tool("labelled", labels(tier = tier, cached = named::is_cached(word))))]
#[inline(never)]
pub fn labelled(tier: Tier, word: &str) -> usize {
    word.len()
}

#[cfg_attr(feature = "annotated", track_agent("labelled", labels(tier = customer.0)))]
#[inline(never)]
pub async fn labelled_later(customer: &(Tier, u8)) -> u8 {
    step("labels").await;
    customer.1
}

// Streams.

/// Yields what an iterator does.
struct Each<I>(I);

impl<I: Iterator + Unpin> Stream for Each<I> {
    type Item = I::Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<I::Item>> {
        Poll::Ready(self.0.next())
    }
}

#[cfg_attr(feature = "annotated", track_llm(model = "gpt-4o", stream, usage = |reply| Tokens::tokens(reply).into_usage(1)))]
#[inline(never)]
pub async fn streamed(prompt: &str) -> Result<impl Stream<Item = Result<Reply, Refused>> + use<>, Refused> {
    let replies: Vec<_> = step(prompt).await.split(' ').map(|word| Ok(Reply::new(word))).collect();
    Ok(Each(replies.into_iter()))
}

#[cfg_attr(feature = "annotated", track_llm(model = "mine", stream, chunks = summed, usage = named::usage_of_chunk, cost = named::STREAM_PRICE))]
#[inline(never)]
pub fn streamed_in_a_box(prompt: &str) -> Pin<Box<dyn Stream<Item = Reply> + Send + Sync>> {
    Box::pin(Each(vec![Reply::new(prompt)].into_iter()))
}

#[cfg_attr(feature = "annotated", track_llm(model = "mine", stream = observed, unpriced))]
#[inline(never)]
pub fn streamed_by_the_body(prompt: &str) -> bool {
    let stream = Each(prompt.split(' ').map(|_| arc_obs::Usage::new(1, 2)));
    let mut stream = pin!(arc_obs::observe_stream(stream));
    stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())).is_ready()
}

// Shapes.

#[cfg_attr(feature = "annotated", traced(cost = |parts: &Vec<T>| named::PRICE * f64::from(scale) + size(parts)))]
#[inline(never)]
fn generic<T, const N: usize>(parts: &[T; N], scale: u8) -> Vec<T>
where
    T: Clone + std::fmt::Debug,
{
    parts.to_vec()
}

#[cfg(feature = "annotated")]
#[allow(clippy::cast_precision_loss)]
fn size<T>(parts: &[T]) -> f64 {
    parts.len() as f64
}

#[cfg_attr(feature = "annotated", traced(cost = |length| cost_of_length(*length, ticket)))]
#[inline(never)]
pub fn impl_future<'a>(text: &'a str, ticket: &'a str) -> impl Future<Output = usize> + use<'a> {
    async move { step(text).await.len() }
}

#[cfg_attr(feature = "annotated", traced(cost = |length: &usize| cost_of_length(*length, ticket)))]
#[inline(never)]
pub fn boxed_future<'a>(text: &'a str, ticket: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { text.len() })
}

#[cfg(feature = "annotated")]
#[allow(clippy::cast_precision_loss)]
fn cost_of_length(length: usize, ticket: &str) -> f64 {
    (length + ticket.len()) as f64
}

#[cfg_attr(feature = "annotated", traced(cost = f64::from(each) * named::PRICE))]
#[inline(never)]
pub fn impl_iterator(text: &str, each: u8) -> impl Iterator<Item = char> {
    text.chars().rev()
}

#[cfg_attr(feature = "annotated", traced(cost = exit_cost(code)))]
#[inline(never)]
pub fn never(code: i32) -> ! {
    std::process::exit(code.signum())
}

#[cfg(feature = "annotated")]
fn exit_cost(code: i32) -> f64 {
    code.into()
}

#[cfg_attr(feature = "annotated", traced("unsafe", cost = if *pointer == 0 { 0.0 } else { named::PRICE }))]
/// # Safety
/// None.
#[inline(never)]
pub unsafe extern "C" fn foreign(pointer: &u8) -> u8 {
    7
}

#[cfg_attr(feature = "annotated", traced(cost = kept.len() as f64))]
#[inline(never)]
#[allow(clippy::cast_precision_loss, clippy::needless_pass_by_value)]
pub fn drops(_guard: Guard, kept: Vec<Guard>, Pair { left, right }: Pair) -> usize {
    #![allow(clippy::many_single_char_names)]
    use std::mem::size_of_val;
    size_of_val(&right) + size_of_val(&left)
}

/// Both are dropped.
pub struct Pair {
    /// Second.
    pub left: Guard,
    /// First.
    pub right: Guard,
}

/// Says that it is dropped.
pub struct Guard(pub &'static str);

impl Drop for Guard {
    fn drop(&mut self) {
        std::hint::black_box(self.0);
    }
}

// Blocks.

/// Has methods.
pub struct Planner {
    plans: usize,
    rate: f64,
}

impl Planner {
    /// Nothing planned.
    pub fn new(rate: f64) -> Self {
        Self { plans: 0, rate }
    }
}

#[cfg_attr(feature = "annotated", track_agent("planner", cost = self.rate * f64::from(weight)))]
impl Planner {
    #[inline(never)]
    pub fn plan(&mut self, weight: u8) -> usize {
        self.plans += 1;
        self.plans
    }

    #[inline(never)]
    pub async fn plan_later(self, weight: u8) -> usize {
        step("later").await.len() + self.plans
    }

    #[cfg_attr(feature = "annotated", arc_obs::skip)]
    #[inline(never)]
    pub const fn planned(&self) -> usize {
        self.plans
    }
}

/// Plans.
pub trait Plan {
    /// How many there are.
    fn plans(&self, extra: usize) -> Result<usize, Refused>;

    #[cfg_attr(feature = "annotated", track_tool("twice", cost = |plans| plans.as_ref().map_or(factor, |_| named::PRICE)))]
    #[inline(never)]
    fn twice(&self, factor: f64) -> Result<usize, Refused> {
        Ok(self.plans(1)? * 2)
    }
}

#[cfg_attr(feature = "annotated", track_tool(cost = of_a_query("", 1) + f64::from(u8::try_from(extra).unwrap_or(0))))]
impl Plan for Planner {
    #[inline(never)]
    fn plans(&self, extra: usize) -> Result<usize, Refused> {
        self.plans.checked_mul(2).ok_or(Refused)
    }
}

#[cfg_attr(feature = "annotated", traced)]
pub mod inline {
    //! Functions in a module.

    #[inline(never)]
    pub fn sum(values: &[u64]) -> u64 {
        values.iter().sum()
    }
}

/// Asks.
#[async_trait::async_trait]
pub trait Ask {
    /// Asks for something.
    async fn ask(&self, prompt: &str, words: u64) -> Result<Reply, Refused>;

    #[cfg_attr(feature = "annotated", track_llm(model = "gpt-4o", usage = |reply| reply.as_ref().map_or((0, 0), Tokens::tokens).into_usage(1)))]
    async fn ask_twice(&self, prompt: String, words: u64) -> Result<Reply, Refused> {
        let first = self.ask(&prompt, words).await?;
        self.ask(&first.text, 2).await
    }
}

#[async_trait::async_trait]
impl Ask for Planner {
    #[cfg_attr(feature = "annotated", track_tool("first", cost = |reply: &Result<Reply, Refused>| words_of(reply, 1)))]
    async fn ask(&self, prompt: &str, words: u64) -> Result<Reply, Refused> {
        Ok(Reply::new(&step(prompt).await.repeat(usize::from(words > 0))))
    }
}

#[cfg_attr(feature = "annotated", track_tool("second", cost = words_of(prompt, words)))]
#[async_trait::async_trait]
impl Ask for Reply {
    async fn ask(&self, prompt: &str, words: u64) -> Result<Reply, Refused> {
        Ok(Reply::new(&step(&self.text).await.repeat(prompt.len().max(usize::from(words > 0)))))
    }
}

#[cfg(feature = "annotated")]
#[allow(clippy::cast_precision_loss)]
fn words_of<T: ?Sized>(_: &T, words: u64) -> f64 {
    words as f64
}

/// Without a macro: async in a trait.
pub trait AskNatively {
    /// Asks for something.
    fn ask(&mut self, words: u64) -> impl Future<Output = usize>;
}

#[cfg_attr(feature = "annotated", traced(cost = self.rate * words_of(self, words)))]
impl AskNatively for Planner {
    async fn ask(&mut self, words: u64) -> usize {
        self.plan(1)
    }
}

macro_rules! made {
    ($name:ident, $value:ident, $cost:expr, $body:block) => {
        #[cfg_attr(feature = "annotated", traced(cost = $cost))]
        #[inline(never)]
        pub fn $name($value: f64) -> f64 $body
    };
}
made!(by_a_macro, value, named::PRICE * 2.0, { value.sqrt() });

// So that what is generic or a future is compiled, too.

/// Pending once.
struct Once(bool);

impl Future for Once {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[inline(never)]
pub fn instances() -> usize {
    generic(&[1_u8, 2, 3], 1).len() + generic(&["a"], 2).len()
}

/// How large the futures are, and what polling them does.
#[inline(never)]
pub fn futures(context: &mut Context<'_>) -> Vec<[usize; 2]> {
    fn poll<T>(future: impl Future<Output = T>, context: &mut Context<'_>) -> [usize; 2] {
        let size = size_of_val(&future);
        let mut future = pin!(future);
        [size, usize::from(future.as_mut().poll(context).is_ready() || future.poll(context).is_ready())]
    }
    vec![
        poll(async_agent(String::new(), 1.0), context),
        poll(llm("", 1), context),
        poll(impl_future("", ""), context),
        poll(boxed_future("", ""), context),
        poll(Planner::new(0.0).plan_later(1), context),
        poll(streamed(""), context),
        poll(labelled_later(&(Tier::Free, 1)), context),
        poll(named_agent("", 1), context),
        poll(fielded_later(String::new(), 1.0), context),
    ]
}

/// What a future comes to that waits for nobody.
fn awaited<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return value;
        }
    }
}

/// Calls every function, but for the one that ends the process.
///
/// # Panics
///
/// If one of them does not return what it should.
pub fn call_all() {
    let _ = request("a body");
    assert_eq!(agent("a").ok().as_deref(), Some("A"));
    assert_eq!(workflow(&[2, 3]), 6);
    assert_eq!(cache("a=b"), Some(1));
    assert_eq!(cache_by_path("ab"), 2);
    assert_eq!(cache_by_closure("ab", 1), b"ab");
    assert!(llm_by_path("a").is_ok());
    assert_eq!(llm_of_nobody("a"), "aa");
    assert_eq!(llm_of_the_body("a"), "aaa");
    assert_eq!(tool("7", 0.1).ok(), Some(7));
    assert_eq!(traced_by_path(vec![1]), Some(vec![1]));
    assert_eq!(fielded(1, &["a"], true).ok(), Some(vec!["a".to_owned()]));
    assert_eq!((named_tool(), named_model(), model_of_an_argument("mine")), (1, 2, 3));
    assert_eq!(labelled(Tier::Paid, "a"), 1);
    assert!(streamed_by_the_body("a b"));
    let mut stream = streamed_in_a_box("a");
    assert!(stream.as_mut().poll_next(&mut Context::from_waker(Waker::noop())).is_ready());
    assert_eq!(impl_iterator("ab", 1).collect::<String>(), "ba");
    std::hint::black_box(never as fn(i32) -> !);
    // SAFETY: nothing is asked of the caller.
    assert_eq!(unsafe { foreign(&1) }, 7);
    let pair = || Pair { left: Guard("left"), right: Guard("right") };
    assert_eq!(drops(Guard("first"), vec![Guard("second")], pair()), 2 * size_of::<Guard>());
    let mut planner = Planner::new(0.5);
    assert_eq!((planner.plan(1), planner.planned()), (1, 1));
    assert_eq!((planner.plans(1).ok(), planner.twice(0.5).ok()), (Some(2), Some(4)));
    assert_eq!(inline::sum(&[1, 2]), 3);
    assert!((by_a_macro(4.0) - 2.0).abs() < 1e-9);
    assert_eq!(instances(), 4);
    assert_eq!(awaited(planner.ask_twice("A B".into(), 1)).map(|reply| reply.text).ok().as_deref(), Some("a b"));
    assert_eq!(awaited(Ask::ask(&Reply::new("A"), "", 1)).map(|reply| reply.text).ok().as_deref(), Some("a"));
    assert_eq!(awaited(AskNatively::ask(&mut planner, 1)), 2);
    let mut context = Context::from_waker(Waker::noop());
    assert_eq!(futures(&mut context)[0][1], 0, "two steps wait twice");
    assert_eq!(awaited(llm("A", 1)).map(|reply| reply.text).ok().as_deref(), Some("a"));
}
