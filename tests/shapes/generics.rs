//! Types, constants and lifetimes that are open.

use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::hash::Hash;
use std::ops::AddAssign;

use arc_obs::traced;
use futures::executor::block_on;

use crate::{Broken, once};

#[traced]
fn of_a_type<T: Clone + PartialEq>(value: &T) -> (T, bool) {
    (value.clone(), *value == value.clone())
}

#[traced]
fn with_where<T, E>(value: Result<T, E>) -> Result<T, String>
where
    E: Display,
{
    value.map_err(|error| error.to_string())
}

#[traced]
fn with_a_result_that_is_open<T>(value: T) -> T {
    value
}

#[traced]
fn const_generic<const N: usize, const YES: bool>(array: [u8; N]) -> [u8; N] {
    if YES { array } else { [0; N] }
}

#[traced]
fn array_of<T: Default + Copy, const N: usize>() -> [T; N] {
    [T::default(); N]
}

#[traced]
fn sum<I>(values: I) -> I::Item
where
    I: IntoIterator,
    I::Item: AddAssign + Default,
{
    let mut sum = I::Item::default();
    for value in values {
        sum += value;
    }
    sum
}

#[traced]
fn higher_ranked<F>(read: F, text: &str) -> String
where
    F: for<'a> Fn(&'a str) -> &'a str,
{
    read(text).to_owned()
}

#[traced]
#[allow(single_use_lifetimes)]
fn named<'short, 'long: 'short, T: ?Sized>(first: &'short T, second: &'long T, take_first: bool) -> &'short T {
    if take_first { first } else { second }
}

#[traced]
fn elided(values: &mut HashMap<String, Vec<u8>>) -> Option<&mut Vec<u8>> {
    values.get_mut("a")
}

#[traced]
fn get_or_insert<K: Eq + Hash + Clone, V: Default>(map: &mut HashMap<K, V>, key: K) -> &mut V {
    map.entry(key).or_default()
}

#[traced]
fn first_word<'a>(text: &'a str, _other: &str) -> &'a str {
    text.split(' ').next().unwrap_or_default()
}

#[traced]
fn static_text(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

#[traced]
fn unsized_value<T: ?Sized + Debug>(value: &T) -> String {
    format!("{value:?}")
}

#[traced]
async fn async_of_a_type<T, U>(value: T, with: impl AsyncFnOnce(T) -> U) -> U
where
    T: Clone,
{
    with(value.clone()).await
}

#[traced]
async fn async_of_a_borrow<'a, T: ?Sized + Sync>(value: &'a T, _longer: &'a str) -> &'a T {
    futures::future::ready(()).await;
    value
}

#[traced]
async fn async_const<const N: usize>(n: u8) -> Result<[u8; N], Broken> {
    futures::future::ready(()).await;
    if n == 0 { Err(Broken) } else { Ok([n; N]) }
}

#[traced]
fn phantom<T>() -> std::marker::PhantomData<T> {
    std::marker::PhantomData
}

/// The one static of a generic function is that of all its instances.
#[test]
fn instances() {
    assert_eq!(once!("of_a_type", of_a_type(&"a")), ("a", true));
    assert_eq!(once!("of_a_type", of_a_type(&1)), (1, true));
    assert_eq!(once!("with_where", with_where(Ok::<_, Broken>(1))), Ok(1));
    assert_eq!(once!("with_where", Error, with_where(Err::<u8, _>(Broken))), Err("broken".into()));
    assert_eq!(once!("const_generic", const_generic::<2, true>([1, 2])), [1, 2]);
    assert_eq!(once!("const_generic", const_generic::<1, false>([1])), [0]);
    assert_eq!(once!("array_of", array_of::<u16, 3>()), [0; 3]);
    assert_eq!(once!("sum", sum([1, 2, 3])), 6);
    assert_eq!(once!("phantom", phantom::<String>()), std::marker::PhantomData);
}

/// What is known only when it is called cannot be told: it has succeeded.
#[test]
fn an_open_result_has_succeeded() {
    assert_eq!(once!("with_a_result_that_is_open", with_a_result_that_is_open(1)), 1);
    let error = Err::<u8, _>(Broken);
    assert_eq!(once!("with_a_result_that_is_open", with_a_result_that_is_open(error)), Err(Broken));
}

#[test]
fn lifetimes() {
    assert_eq!(once!("higher_ranked", higher_ranked(str::trim, " a ")), "a");
    let long = String::from("long");
    {
        let short = String::from("short");
        assert_eq!(once!("named", named(short.as_str(), long.as_str(), true)), "short");
    }
    let mut values = HashMap::from([("a".to_owned(), vec![1])]);
    once!("elided", elided(&mut values)).unwrap().push(2);
    assert_eq!(values["a"], [1, 2]);
    once!("get_or_insert", get_or_insert(&mut values, "b".into())).push(3);
    assert_eq!(values["b"], [3]);
    let word = {
        let other = String::new();
        once!("first_word", first_word(&long, &other))
    };
    assert_eq!(word, "long");
    let text: &'static str = once!("static_text", static_text(true));
    assert_eq!(text, "yes");
    assert_eq!(once!("unsized_value", unsized_value("a")), "\"a\"");
    assert_eq!(once!("unsized_value", unsized_value(&[1, 2][..])), "[1, 2]");
}

#[test]
fn asynchronous() {
    assert_eq!(once!("async_of_a_type", block_on(async_of_a_type(1, async |n| n + 1))), 2);
    assert_eq!(once!("async_of_a_borrow", block_on(async_of_a_borrow("a", "b"))), "a");
    assert_eq!(once!("async_const", block_on(async_const::<2>(3))), Ok([3, 3]));
    assert_eq!(once!("async_const", Error, block_on(async_const::<2>(0))), Err(Broken));
}
