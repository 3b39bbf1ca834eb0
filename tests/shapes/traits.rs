//! Methods of traits: native, by `async-trait` in either order, and those of std.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::future::Future;
use std::ops::{Add, Deref, DerefMut, Index};
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll};

use arc_obs::{traced, track_tool};
use futures::executor::block_on;

use crate::{Broken, assert_ended, is_send, once};

trait Greeting {
    type Name<'a>: Display
    where
        Self: 'a;
    const TIMES: usize = 2;

    fn name(&self) -> Self::Name<'_>;

    #[traced]
    fn greet(&self) -> String {
        format!("{} ", self.name()).repeat(Self::TIMES)
    }

    #[traced]
    fn generic<T: Into<u64>>(&self, value: T) -> u64
    where
        Self: Sized,
    {
        value.into()
    }

    #[traced]
    fn by_value(self) -> Option<Self>
    where
        Self: Sized,
    {
        Some(self)
    }

    #[traced]
    fn without_self() -> &'static str
    where
        Self: Sized,
    {
        "static"
    }
}

struct Named(String);

impl Greeting for Named {
    type Name<'a> = &'a str;

    #[traced]
    fn name(&self) -> Self::Name<'_> {
        &self.0
    }
}

#[test]
fn default_methods() {
    let named = Named("Ann".into());
    let capture = arc_obs::testing::capture();
    assert_eq!(named.greet(), "Ann Ann ");
    assert_ended(&capture, &[("name", arc_obs::Status::Success), ("greet", arc_obs::Status::Success)]);
    drop(capture);
    assert_eq!(once!("generic", named.generic(3_u8)), 3);
    assert_eq!(once!("without_self", Named::without_self()), "static");
    assert_eq!(once!("by_value", named.by_value()).unwrap().0, "Ann");
}

trait Speaking {
    #[traced]
    fn speak(&self) -> Result<String, Box<dyn std::error::Error + '_>> {
        Ok("…".to_owned())
    }

    #[traced]
    fn into_text(self: Box<Self>) -> String
    where
        Self: 'static,
    {
        self.speak().unwrap_or_default()
    }
}

struct Dog;

impl Speaking for Dog {
    #[traced("bark")]
    fn speak(&self) -> Result<String, Box<dyn std::error::Error + '_>> {
        let n: u8 = "x".parse()?;
        Ok(n.to_string())
    }
}

struct Fish;

impl Speaking for Fish {}

#[test]
fn through_dyn() {
    let animals: [Box<dyn Speaking>; 2] = [Box::new(Dog), Box::new(Fish)];
    let [dog, fish] = animals;
    assert!(once!("bark", Error, dog.speak()).is_err());
    assert_eq!(once!("speak", fish.speak()).unwrap(), "…");
    let capture = arc_obs::testing::capture();
    assert_eq!(fish.into_text(), "…");
    assert_eq!(capture.operations().len(), 2);
}

trait Asking {
    async fn ask(&self, question: &str) -> Result<usize, Broken>;

    #[traced]
    async fn ask_twice(&self, question: &str) -> Result<usize, Broken> {
        Ok(self.ask(question).await? + self.ask(question).await?)
    }

    fn ask_later(&self, question: &str) -> impl Future<Output = Result<usize, Broken>> + Send;

    #[traced]
    fn all(&self) -> impl Iterator<Item = u8> {
        [1, 2].into_iter()
    }

    #[traced]
    fn default_later(&self) -> impl Future<Output = u8> + Send
    where
        Self: Sync,
    {
        async move { 9 }
    }
}

struct Oracle;

impl Asking for Oracle {
    #[traced]
    async fn ask(&self, question: &str) -> Result<usize, Broken> {
        futures::future::ready(()).await;
        if question.is_empty() { Err(Broken) } else { Ok(question.len()) }
    }

    #[traced]
    async fn ask_later(&self, question: &str) -> Result<usize, Broken> {
        futures::future::ready(()).await;
        Ok(question.len())
    }
}

#[test]
fn native_async_methods() {
    assert_eq!(once!("ask", block_on(Oracle.ask("ab"))), Ok(2));
    assert_eq!(once!("ask", Error, block_on(Oracle.ask(""))), Err(Broken));
    assert_eq!(once!("ask_later", block_on(is_send(Oracle.ask_later("ab")))), Ok(2));
    assert_eq!(once!("all", Oracle.all()).count(), 2);
    assert_eq!(once!("default_later", block_on(is_send(Oracle.default_later()))), 9);
    let capture = arc_obs::testing::capture();
    assert_eq!(block_on(Oracle.ask_twice("ab")), Ok(4));
    assert_eq!(capture.operations().len(), 3);
}

#[async_trait::async_trait]
trait Boxed: Sync {
    async fn call(&self, n: u64) -> Result<u64, Broken>;

    #[traced]
    async fn with_default(&self, text: &str) -> usize {
        futures::future::ready(()).await;
        text.len()
    }

    #[traced]
    async fn of_a_type<T: Send + Clone>(&self, value: T, _text: &str) -> (T, T)
    where
        Self: Sized,
    {
        (value.clone(), value)
    }

    #[traced]
    async fn without_result(&mut self) {}
}

#[async_trait::async_trait]
impl Boxed for Oracle {
    #[track_tool("boxed_call")]
    async fn call(&self, n: u64) -> Result<u64, Broken> {
        futures::future::ready(()).await;
        let n = u64::from(u8::try_from(n).map_err(|_| Broken)?);
        if n == 0 {
            return Err(Broken);
        }
        Ok(n)
    }
}

/// The attribute on the block stands before `async_trait`, or after it.
struct Before;
struct After;

#[traced]
#[async_trait::async_trait]
impl Boxed for Before {
    async fn call(&self, n: u64) -> Result<u64, Broken> {
        futures::future::ready(()).await;
        if n == 0 { Err(Broken) } else { Ok(n) }
    }
}

#[async_trait::async_trait]
#[traced]
impl Boxed for After {
    async fn call(&self, n: u64) -> Result<u64, Broken> {
        futures::future::ready(()).await;
        if n == 0 { Err(Broken) } else { Ok(n) }
    }
}

#[async_trait::async_trait(?Send)]
trait Local {
    async fn run(&self, n: std::rc::Rc<u64>) -> Result<std::rc::Rc<u64>, Broken>;

    #[traced]
    async fn local_default<'a>(&'a self, text: &'a str) -> Box<dyn Display + 'a> {
        Box::new(text)
    }
}

#[async_trait::async_trait(?Send)]
impl Local for Oracle {
    #[traced]
    async fn run(&self, n: std::rc::Rc<u64>) -> Result<std::rc::Rc<u64>, Broken> {
        futures::future::ready(()).await;
        Ok(n)
    }
}

#[test]
fn async_trait_methods() {
    let mut oracle = Oracle;
    assert_eq!(once!("boxed_call", block_on(is_send(Boxed::call(&oracle, 3)))), Ok(3));
    assert_eq!(once!("boxed_call", Error, block_on(Boxed::call(&oracle, 0))), Err(Broken));
    assert_eq!(once!("boxed_call", Error, block_on(Boxed::call(&oracle, 1000))), Err(Broken));
    assert_eq!(once!("with_default", block_on(is_send(oracle.with_default("ab")))), 2);
    assert_eq!(once!("of_a_type", block_on(oracle.of_a_type(1, ""))), (1, 1));
    once!("without_result", block_on(oracle.without_result()));
    assert_eq!(*once!("run", block_on(oracle.run(std::rc::Rc::new(3)))).unwrap(), 3);
    assert_eq!(once!("local_default", block_on(oracle.local_default("ab"))).to_string(), "ab");
    // The making of the future is not counted.
    let capture = arc_obs::testing::capture();
    drop(Boxed::call(&oracle, 3));
    assert_ended(&capture, &[]);
}

#[test]
fn blocks_in_either_order() {
    assert_eq!(once!("Before::call", block_on(is_send(Before.call(3)))), Ok(3));
    assert_eq!(once!("Before::call", Error, block_on(Before.call(0))), Err(Broken));
    assert_eq!(once!("After::call", block_on(is_send(After.call(3)))), Ok(3));
    assert_eq!(once!("After::call", Error, block_on(After.call(0))), Err(Broken));
}

#[derive(Debug, PartialEq, Eq)]
struct Number(i32);

struct Dropped<'a>(&'a mut bool);

impl Drop for Dropped<'_> {
    #[traced]
    fn drop(&mut self) {
        *self.0 = true;
    }
}

impl Display for Number {
    #[traced]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}", self.0)
    }
}

impl Add for Number {
    type Output = Self;

    #[traced]
    fn add(self, other: Self) -> Self::Output {
        Self(self.0 + other.0)
    }
}

impl Iterator for Number {
    type Item = i32;

    #[traced]
    fn next(&mut self) -> Option<Self::Item> {
        self.0 = self.0.checked_sub(1).filter(|n| *n >= 0)?;
        Some(self.0)
    }
}

impl FromStr for Number {
    type Err = std::num::ParseIntError;

    #[traced]
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.parse()?))
    }
}

impl From<i32> for Number {
    #[traced]
    fn from(n: i32) -> Self {
        Self(n)
    }
}

impl Default for Number {
    #[traced]
    fn default() -> Self {
        Self(7)
    }
}

impl Deref for Number {
    type Target = i32;

    #[traced]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Number {
    #[traced]
    fn deref_mut(&mut self) -> &mut i32 {
        &mut self.0
    }
}

impl Index<&str> for Number {
    type Output = i32;

    #[traced]
    fn index(&self, _: &str) -> &i32 {
        &self.0
    }
}

struct Countdown(u32);

impl Future for Countdown {
    type Output = Result<u32, Broken>;

    #[traced("poll")]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.0 == 0 {
            return Poll::Ready(Ok(0));
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Extend<(u8, u8)> for Countdown {
    #[traced]
    fn extend<I: IntoIterator<Item = (u8, u8)>>(&mut self, values: I) {
        let map: BTreeMap<_, _> = values.into_iter().collect();
        self.0 += u32::try_from(map.len()).unwrap_or_default();
    }
}

#[test]
fn traits_of_std() {
    let mut was_dropped = false;
    once!("drop", drop(Dropped(&mut was_dropped)));
    assert!(was_dropped);
    assert_eq!(once!("fmt", Number(1).to_string()), "n1");
    assert_eq!(once!("add", Number(1) + Number(2)), Number(3));
    let mut number = Number(1);
    assert_eq!(once!("next", number.next()), Some(0));
    assert_eq!(once!("next", number.next()), None);
    assert_eq!(once!("from_str", "3".parse::<Number>()), Ok(Number(3)));
    assert!(once!("from_str", Error, "x".parse::<Number>()).is_err());
    assert_eq!(once!("from", Number::from(3)), Number(3));
    assert_eq!(once!("default", Number::default()), Number(7));
    assert_eq!(once!("deref", *number), 0);
    *once!("deref_mut", &mut *number) = 4;
    assert_eq!(once!("index", number["x"]), 4);
    let mut countdown = Countdown(1);
    once!("extend", countdown.extend([(1, 2), (2, 3)]));
    let capture = arc_obs::testing::capture();
    assert_eq!(block_on(countdown), Ok(0));
    assert_eq!(capture.operations().len(), 4);
}
