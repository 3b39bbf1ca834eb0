//! What a function gives back.

use std::borrow::Cow;
use std::cell::{Ref, RefCell};
use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::io;

use arc_obs::traced;
use futures::executor::block_on;

use crate::{Broken, once, panics};

#[traced]
fn nothing() {}

#[traced]
#[allow(clippy::unused_unit)]
fn nothing_but_said(done: &mut bool) -> () {
    *done = true;
}

#[derive(Debug, PartialEq, Eq)]
struct Unit;

#[traced]
fn unit() -> Unit {
    Unit
}

#[traced]
fn zero_sized() -> [u64; 0] {
    []
}

#[traced]
#[allow(clippy::large_stack_arrays)]
fn huge(n: u8) -> [u8; 65_536] {
    [n; 65_536]
}

#[traced]
#[allow(clippy::large_stack_arrays)]
async fn huge_async(n: u8) -> Box<[u8; 65_536]> {
    let array = Box::new([n; 65_536]);
    futures::future::ready(()).await;
    array
}

#[traced]
fn never(n: u32) -> ! {
    assert!(n > 0, "one way out");
    panic!("the other one")
}

#[traced]
async fn never_async(n: u32) -> ! {
    futures::future::ready(()).await;
    if n == 0 {
        panic!("one way out");
    }
    loop {
        assert!(n == 0, "the other one");
    }
}

#[traced]
fn diverges(_n: u32) -> Result<u32, Broken> {
    panic!("always")
}

#[traced]
fn question_mark(text: &str) -> Result<u32, Box<dyn Error>> {
    let n: u32 = text.parse()?;
    if n == 0 {
        return Err("zero".into());
    }
    if n == 1 {
        Err(Broken)?;
    }
    Ok(n)
}

#[traced]
async fn question_mark_async(text: &str) -> Result<u32, Box<dyn Error + Send + Sync + 'static>> {
    let n: u32 = text.parse()?;
    futures::future::ready(()).await;
    Ok(io::Error::other("never").raw_os_error().map_or(n, |_| 0))
}

#[traced]
fn question_mark_of_an_option(text: &str) -> Option<char> {
    let first = text.chars().next()?;
    Some(first)
}

#[traced]
fn collected(texts: &[&str]) -> Result<Vec<u32>, std::num::ParseIntError> {
    texts.iter().map(|text| text.parse()).collect()
}

#[traced]
fn inferred(text: &str) -> Vec<u8> {
    let mut all = Vec::new();
    all.extend(text.bytes());
    text.bytes().collect::<Vec<_>>().into_iter().chain(all).collect()
}

#[traced]
fn parsed(text: &str) -> u64 {
    text.parse().unwrap_or_default()
}

#[traced]
fn boxed_trait(text: bool) -> Box<dyn Debug> {
    if text {
        return Box::new("text");
    }
    Box::new(1)
}

#[traced]
fn boxed_trait_that_borrows<'a>(text: &'a str) -> Box<dyn Display + 'a> {
    Box::new(text)
}

#[traced]
fn elided_boxed_trait(text: &str) -> Box<dyn Display + '_> {
    Box::new(text)
}

#[traced]
fn reference_to_a_trait(n: &u32) -> &dyn Debug {
    n
}

#[traced]
fn array_as_slice(array: &[u8; 3]) -> &[u8] {
    array
}

#[traced]
fn boxed_slice() -> Box<[u8]> {
    Box::new([1, 2])
}

#[traced]
fn reference_of_a_mutable_one(values: &mut [u8]) -> &[u8] {
    values
}

#[traced]
fn string_as_text(text: &String) -> &str {
    text
}

#[traced]
fn arms(n: u8) -> Result<Box<dyn Fn(u8) -> u8>, Box<dyn Error>> {
    match n {
        0 => Ok(Box::new(|n| n)),
        1 => Ok(Box::new(move |other| other + n)),
        _ => Err(Box::new(Broken)),
    }
}

#[traced]
fn function_pointer() -> fn(u8) -> u8 {
    |n| n + 1
}

#[traced]
fn function_pointer_that_borrows() -> fn(&str) -> &str {
    |text| text.trim()
}

#[traced]
fn table() -> [(&'static str, fn(u8) -> u8); 2] {
    [("one", |n| n), ("two", u8::reverse_bits)]
}

#[traced]
fn boxed_closure_that_borrows() -> Box<dyn Fn(&str) -> &str> {
    Box::new(|text| text.trim())
}

#[traced]
fn closure(n: u32) -> impl Fn(u32) -> u32 {
    move |other| n + other
}

#[traced]
fn closure_that_takes_a_reference(prefix: String) -> impl Fn(&str) -> String {
    move |text| format!("{prefix}{text}")
}

#[traced]
fn closure_that_borrows() -> impl Fn(&str) -> &str {
    |text| text.trim()
}

#[traced]
fn closure_that_changes(mut n: u32) -> impl FnMut(&u32) -> u32 + Send + 'static {
    move |other| {
        n += other;
        n
    }
}

#[traced]
fn closure_of_two(early: bool) -> impl FnOnce(&str, &mut Vec<u8>) -> usize {
    let add = usize::from(early);
    if early {
        println!();
    }
    move |text, bytes| {
        bytes.push(1);
        text.len() + bytes.len() + add
    }
}

#[traced]
fn async_closure(n: usize) -> impl AsyncFn(&str) -> usize {
    async move |text| text.len() + n
}

#[traced]
fn iterator(n: u32) -> impl Iterator<Item = u32> {
    if n == 0 {
        return vec![].into_iter();
    }
    vec![n; 2].into_iter()
}

#[traced]
fn iterator_of_both_ends<'a>(a: &'a [u8], _b: &str) -> impl DoubleEndedIterator<Item = &'a u8> + use<'a> {
    a.iter()
}

#[traced]
fn captures<'a, T: Copy>(value: &'a [T], _other: &u8) -> impl Iterator<Item = T> + use<'a, T> {
    value.iter().copied()
}

#[traced]
fn optional_iterator(yes: bool) -> Option<impl Iterator<Item = u8>> {
    if !yes {
        return None;
    }
    Some([1, 2].into_iter())
}

#[traced]
fn fallible_iterator(text: &str) -> Result<impl Iterator<Item = char> + '_, Broken> {
    if text.is_empty() { Err(Broken) } else { Ok(text.chars()) }
}

#[traced]
fn several() -> (impl Iterator<Item = u8>, impl Fn(u8) -> u8, Box<impl Debug>) {
    ([1, 0].into_iter(), |n| n + 1, Box::new("text"))
}

#[traced]
fn nested_impl() -> impl Iterator<Item = impl Iterator<Item = u8>> {
    [[1, 2], [3, 4]].into_iter().map(IntoIterator::into_iter)
}

#[traced]
async fn asynchronous_impl(n: u8) -> impl Iterator<Item = u8> {
    futures::future::ready(()).await;
    0..n
}

#[traced]
async fn asynchronous_optional_impl(n: u8) -> Result<Option<impl Iterator<Item = u8>>, Broken> {
    if n == 0 {
        return Err(Broken);
    }
    futures::future::ready(()).await;
    Ok(Some(0..n))
}

#[traced]
fn cow(text: &str) -> Cow<'_, str> {
    if text.is_empty() { "empty".into() } else { text.into() }
}

#[traced]
fn guard(cell: &RefCell<Vec<u8>>) -> Ref<'_, [u8]> {
    Ref::map(cell.borrow(), |bytes| &bytes[..])
}

#[traced]
fn qualified() -> <Vec<u8> as IntoIterator>::Item {
    7
}

#[traced]
#[allow(unused_parens)]
fn in_brackets() -> (u8) {
    7
}

#[traced]
fn raw_pointer(n: &u8) -> *const u8 {
    n
}

#[traced]
fn nested_results(n: u8) -> Result<Option<Result<u8, Broken>>, fmt::Error> {
    match n {
        0 => Err(fmt::Error),
        1 => Ok(None),
        2 => Ok(Some(Err(Broken))),
        n => Ok(Some(Ok(n))),
    }
}

type Fallible<T, E = Broken> = Result<T, E>;

#[traced]
fn alias(n: u8) -> Fallible<u8> {
    if n == 0 { Err(Broken) } else { Ok(n) }
}

#[traced]
fn poll(ready: bool) -> std::task::Poll<u8> {
    if ready { std::task::Poll::Ready(1) } else { std::task::Poll::Pending }
}

#[traced]
fn flow(go_on: bool) -> std::ops::ControlFlow<u8> {
    if go_on { std::ops::ControlFlow::Continue(()) } else { std::ops::ControlFlow::Break(1) }
}

#[traced]
fn question_mark_of_a_flow(n: u8) -> std::ops::ControlFlow<u8, u8> {
    let next = flow_of(n)?;
    std::ops::ControlFlow::Continue(next)
}

const fn flow_of(n: u8) -> std::ops::ControlFlow<u8, u8> {
    if n == 0 { std::ops::ControlFlow::Break(0) } else { std::ops::ControlFlow::Continue(n) }
}

#[test]
fn plain_values() {
    once!("nothing", nothing());
    let mut done = false;
    once!("nothing_but_said", nothing_but_said(&mut done));
    assert!(done);
    assert_eq!(once!("unit", unit()), Unit);
    assert!(once!("zero_sized", zero_sized()).is_empty());
    assert_eq!(once!("huge", huge(3))[65_535], 3);
    assert_eq!(once!("huge_async", block_on(huge_async(3)))[65_535], 3);
    assert_eq!(once!("inferred", inferred("ab")), b"abab");
    assert_eq!(once!("parsed", parsed("12")), 12);
    assert_eq!(once!("qualified", qualified()), 7);
    assert_eq!(once!("in_brackets", in_brackets()), 7);
    let n = 7;
    assert_eq!(once!("raw_pointer", raw_pointer(&n)), &raw const n);
    assert_eq!(once!("cow", cow("")), "empty");
    let cell = RefCell::new(vec![1, 2]);
    assert_eq!(once!("guard", guard(&cell)).len(), 2);
}

#[test]
fn diverging() {
    panics!("never", never(0));
    panics!("never", never(1));
    panics!("never_async", block_on(never_async(0)));
    panics!("never_async", block_on(never_async(1)));
    panics!("diverges", diverges(1));
}

#[test]
fn results() {
    assert_eq!(once!("question_mark", question_mark("2")).unwrap(), 2);
    for wrong in ["x", "0", "1"] {
        assert!(once!("question_mark", Error, question_mark(wrong)).is_err());
    }
    assert_eq!(once!("question_mark_async", block_on(question_mark_async("2"))).unwrap(), 2);
    assert!(once!("question_mark_async", Error, block_on(question_mark_async("x"))).is_err());
    assert_eq!(once!("question_mark_of_an_option", question_mark_of_an_option("ab")), Some('a'));
    assert_eq!(once!("question_mark_of_an_option", question_mark_of_an_option("")), None);
    assert_eq!(once!("collected", collected(&["1", "2"])), Ok(vec![1, 2]));
    assert!(once!("collected", Error, collected(&["1", "x"])).is_err());
    assert_eq!(once!("nested_results", Error, nested_results(0)), Err(fmt::Error));
    assert_eq!(once!("nested_results", nested_results(1)), Ok(None));
    assert_eq!(once!("nested_results", nested_results(2)), Ok(Some(Err(Broken))));
    assert_eq!(once!("nested_results", nested_results(3)), Ok(Some(Ok(3))));
    assert_eq!(once!("alias", alias(1)), Ok(1));
    assert_eq!(once!("alias", Error, alias(0)), Err(Broken));
    assert!(once!("poll", poll(true)).is_ready());
    assert!(once!("flow", flow(false)).is_break());
    assert!(once!("question_mark_of_a_flow", question_mark_of_a_flow(0)).is_break());
}

#[test]
fn coercions() {
    assert_eq!(format!("{:?}", once!("boxed_trait", boxed_trait(true))), "\"text\"");
    assert_eq!(format!("{:?}", once!("boxed_trait", boxed_trait(false))), "1");
    assert_eq!(once!("boxed_trait_that_borrows", boxed_trait_that_borrows("a")).to_string(), "a");
    assert_eq!(once!("elided_boxed_trait", elided_boxed_trait("a")).to_string(), "a");
    assert_eq!(format!("{:?}", once!("reference_to_a_trait", reference_to_a_trait(&1))), "1");
    assert_eq!(once!("array_as_slice", array_as_slice(&[1, 2, 3])), [1, 2, 3]);
    assert_eq!(*once!("boxed_slice", boxed_slice()), [1, 2]);
    let (mut bytes, text) = ([1], "a".to_owned());
    assert_eq!(once!("reference_of_a_mutable_one", reference_of_a_mutable_one(&mut bytes)), [1]);
    assert_eq!(once!("string_as_text", string_as_text(&text)), "a");
    assert_eq!(once!("arms", arms(1)).unwrap()(2), 3);
    assert!(once!("arms", Error, arms(2)).is_err());
    assert_eq!(once!("function_pointer", function_pointer())(1), 2);
    assert_eq!(once!("function_pointer_that_borrows", function_pointer_that_borrows())(" a "), "a");
    assert_eq!(once!("table", table())[0].1(1), 1);
    assert_eq!(once!("boxed_closure_that_borrows", boxed_closure_that_borrows())(" a "), "a");
}

#[test]
fn impl_traits() {
    assert_eq!(once!("closure", closure(1))(2), 3);
    assert_eq!(once!("closure_that_takes_a_reference", closure_that_takes_a_reference("a".into()))("b"), "ab");
    assert_eq!(once!("closure_that_borrows", closure_that_borrows())(" a "), "a");
    let mut changes = once!("closure_that_changes", closure_that_changes(1));
    assert_eq!((changes(&1), changes(&2)), (2, 4));
    assert_eq!(once!("closure_of_two", closure_of_two(true))("ab", &mut vec![]), 4);
    assert_eq!(block_on(once!("async_closure", async_closure(1))("ab")), 3);
    assert_eq!(once!("iterator", iterator(2)).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(once!("iterator_of_both_ends", iterator_of_both_ends(&[1, 2], "")).next_back(), Some(&2));
    assert_eq!(once!("captures", captures(&['a'], &1)).next(), Some('a'));
    assert_eq!(once!("optional_iterator", optional_iterator(true)).unwrap().count(), 2);
    assert!(once!("optional_iterator", optional_iterator(false)).is_none());
    assert_eq!(once!("fallible_iterator", fallible_iterator("ab")).unwrap().count(), 2);
    assert!(once!("fallible_iterator", Error, fallible_iterator("")).is_err());
    let (numbers, add, text) = once!("several", several());
    assert_eq!((numbers.map(add).collect::<Vec<_>>(), format!("{text:?}")), (vec![2, 1], "\"text\"".into()));
    assert_eq!(once!("nested_impl", nested_impl()).flatten().sum::<u8>(), 10);
    assert_eq!(once!("asynchronous_impl", block_on(asynchronous_impl(2))).count(), 2);
    let some = once!("asynchronous_optional_impl", block_on(asynchronous_optional_impl(2)));
    assert_eq!(some.unwrap().unwrap().count(), 2);
    assert!(once!("asynchronous_optional_impl", Error, block_on(asynchronous_optional_impl(0))).is_err());
}
