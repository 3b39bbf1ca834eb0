//! A caller of edition 2018: closures capture variables whole, and `dyn` may be left out.
#![deny(warnings, clippy::pedantic)]
#![allow(bare_trait_objects)]

use std::error::Error;
use std::future::Future;
use std::pin::Pin;

use arc_obs::testing::capture;
use arc_obs::{traced, track_agent, track_cache, track_llm, track_tool, track_workflow, Status, Usage};
use futures::executor::block_on;

#[traced]
fn bare_trait_object(text: &str) -> Result<u8, Box<Error>> {
    let n: u8 = text.parse()?;
    Ok(n)
}

#[traced]
fn bare_future(n: u8) -> Pin<Box<dyn Future<Output = u8> + Send>> {
    Box::pin(async move { n })
}

#[traced]
async fn asynchronous(first: String, (second, _): (String, u8)) -> usize {
    futures::future::ready(()).await;
    first.len() + second.len()
}

#[traced]
fn array() -> [u8; 2] {
    let array = [1, 2];
    array.map(|n| n)
}

#[traced]
fn closure() -> impl Fn(&str) -> String {
    |text| text.to_owned()
}

struct Pair {
    left: String,
    right: String,
}

impl Pair {
    #[track_tool("edition_2018")]
    fn longer(self) -> String {
        if self.left.len() > self.right.len() {
            return self.left;
        }
        self.right
    }
}

#[track_agent("edition_2018")]
async fn agent(n: u64) -> Option<Usage> {
    ask(n).await.ok()
}

#[track_llm(model = "edition-2018", unpriced)]
async fn ask(n: u64) -> Result<Usage, String> {
    futures::future::ready(Ok(Usage::new(n, n))).await
}

#[track_workflow("edition_2018")]
fn workflow() {}

#[track_cache("edition_2018")]
fn look_up() -> Option<u8> {
    Some(1)
}

#[test]
fn everything_is_counted() {
    let capture = capture();
    assert_eq!(bare_trait_object("1").unwrap(), 1);
    bare_trait_object("x").unwrap_err();
    assert_eq!(block_on(bare_future(1)), 1);
    assert_eq!(block_on(asynchronous("a".into(), ("b".into(), 1))), 2);
    assert_eq!(array(), [1, 2]);
    assert_eq!(closure()("a"), "a");
    assert_eq!(Pair { left: "ab".into(), right: "a".into() }.longer(), "ab");
    assert_eq!(block_on(agent(1)), Some(Usage::new(1, 1)));
    workflow();
    assert_eq!(look_up(), Some(1));
    let ended: Vec<_> = capture.operations().iter().map(|operation| operation.status).collect();
    let mut expected = vec![Status::Success; 11];
    expected[1] = Status::Error;
    assert_eq!(ended, expected);
}
