//! A caller of edition 2015: `extern crate`, paths from the root of the crate, `async` as
//! a name in a body, and arguments of a trait's methods without a pattern.
#![deny(warnings, clippy::pedantic)]
#![allow(bare_trait_objects, anonymous_parameters, deprecated)]

extern crate arc_obs;
extern crate futures;

use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use arc_obs::testing::capture;
use arc_obs::{traced, track_agent, track_cache, track_llm, track_tool, track_workflow, Status, Usage};
use futures::executor::block_on;

mod inner {
    use arc_obs::traced;

    pub struct Number(pub u8);

    #[traced]
    pub fn take(number: ::inner::Number) -> u8 {
        let async = number.0 + 1;
        async - 1
    }
}

trait Answering {
    fn answer(&self, u8) -> Result<u8, Box<Error>>;
}

struct Oracle;

impl Answering for Oracle {
    #[track_agent("edition_2015")]
    fn answer(&self, n: u8) -> Result<u8, Box<Error>> {
        if n == 0 {
            try!(Err("zero"));
        }
        Ok(n)
    }
}

#[traced]
fn boxed_future(n: u8) -> Pin<Box<Future<Output = u8>>> {
    Box::pin(futures::future::ready(n))
}

#[traced]
fn opaque_future(n: u8) -> impl Future<Output = u8> {
    futures::future::ready(n)
}

#[track_tool("edition_2015")]
fn tool(first: &str, second: String) -> String {
    second + first
}

#[track_llm(model = "edition-2015", unpriced)]
fn ask(n: u64) -> Option<Usage> {
    Some(Usage::new(n, n))
}

#[track_workflow("edition_2015")]
fn workflow() {}

#[track_cache("edition_2015")]
fn look_up() -> Option<u8> {
    Some(1)
}

#[test]
fn everything_is_counted() {
    let capture = capture();
    assert_eq!(inner::take(inner::Number(1)), 1);
    assert_eq!(Oracle.answer(1).unwrap(), 1);
    Oracle.answer(0).unwrap_err();
    assert_eq!(block_on(boxed_future(1)), 1);
    assert_eq!(block_on(opaque_future(1)), 1);
    assert_eq!(tool("a", "b".into()), "ba");
    assert_eq!(ask(1), Some(Usage::new(1, 1)));
    workflow();
    assert_eq!(look_up(), Some(1));
    let ended: Vec<_> = capture.operations().iter().map(|operation| operation.status).collect();
    let mut expected = vec![Status::Success; 9];
    expected[2] = Status::Error;
    assert_eq!(ended, expected);
}
