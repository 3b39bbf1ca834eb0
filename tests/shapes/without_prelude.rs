//! A module in which nothing is in scope by itself.
#![no_implicit_prelude]

#[::arc_obs::traced("bare_sync")]
fn sync(text: &str) -> usize {
    text.len()
}

#[::arc_obs::traced("bare_fallible")]
fn fallible(n: u8) -> ::core::result::Result<u8, ::std::string::String> {
    if n == 0 {
        return ::core::result::Result::Err(::std::string::String::new());
    }
    let n = ::core::result::Result::<u8, ::std::string::String>::Ok(n)?;
    ::core::result::Result::Ok(n)
}

#[::arc_obs::track_tool("bare_async")]
async fn asynchronous(first: ::std::string::String, second: ::std::string::String) -> usize {
    ::futures::future::ready(()).await;
    first.len() + second.len()
}

#[::arc_obs::track_agent("bare_future")]
fn future(n: u8) -> impl ::core::future::Future<Output = u8> {
    async move { n }
}

#[::arc_obs::track_workflow("bare_boxed")]
fn boxed(n: u8) -> ::std::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = u8>>> {
    ::std::boxed::Box::pin(async move { n })
}

#[::arc_obs::traced("bare_never")]
fn never() -> ! {
    ::std::panic::panic_any(1)
}

#[::arc_obs::track_cache("bare_cache")]
fn look_up(n: u8) -> ::core::option::Option<u8> {
    n.checked_sub(1)
}

#[::arc_obs::track_llm(model = "bare-llm", provider = "openai", price(input = 1.0, output = 2.0))]
fn call(n: u64) -> ::core::result::Result<::arc_obs::Usage, ::core::fmt::Error> {
    ::core::result::Result::Ok(::arc_obs::Usage::new(n, n))
}

#[::arc_obs::track_tool("bare_cost", cost = 0.5)]
fn cost(n: u8) -> u8 {
    n
}

#[::arc_obs::track_tool("bare_cost_of_a_result", cost = |n| ::core::convert::Into::<f64>::into(*n))]
async fn cost_of_a_result(n: u8) -> u8 {
    n
}

#[::core::prelude::v1::test]
fn everything_is_named_in_full() {
    use crate::once;
    use ::core::option::Option::Some;
    use ::core::{assert, assert_eq};
    use ::futures::executor::block_on;
    use ::std::borrow::ToOwned;

    assert_eq!(once!("bare_sync", sync("ab")), 2);
    assert!(once!("bare_fallible", fallible(1)).is_ok());
    assert!(once!("bare_fallible", Error, fallible(0)).is_err());
    assert_eq!(once!("bare_async", block_on(asynchronous("a".to_owned(), "b".to_owned()))), 2);
    assert_eq!(once!("bare_future", block_on(future(2))), 2);
    assert_eq!(once!("bare_boxed", block_on(boxed(2))), 2);
    crate::panics!("bare_never", never());
    assert_eq!(once!("bare_cache", look_up(2)), Some(1));
    assert!(once!("bare-llm", call(2)).is_ok());
    assert_eq!(once!("bare_cost", cost(2)), 2);
    assert_eq!(once!("bare_cost_of_a_result", block_on(cost_of_a_result(2))), 2);
}
