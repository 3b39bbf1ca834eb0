//! How much larger a future is for being measured: no more than `#[tracing::instrument]`,
//! without `err` and `ret`, makes it.

#![allow(clippy::large_types_passed_by_value, clippy::manual_async_fn)]

use arc_obs::{Usage, traced, track_agent, track_llm, track_tool, track_workflow};

use crate::Broken;

/// It is 80, and 8 are left.
const MOST: usize = 88;

async fn plain(big: [u8; 1024]) -> u8 {
    futures::future::ready(()).await;
    big[0]
}

macro_rules! extra {
    ($(#[$attribute:meta])+) => {{
        $(#[$attribute])+
        async fn annotated(big: [u8; 1024]) -> u8 {
            futures::future::ready(()).await;
            big[0]
        }
        size_of_val(&annotated([0; 1024])) - size_of_val(&plain([0; 1024]))
    }};
}

#[test]
fn an_annotated_future_is_at_most_so_much_larger() {
    let extras = [
        ("traced", extra!(#[traced])),
        ("track_tool", extra!(#[track_tool("sizes")])),
        ("track_agent", extra!(#[track_agent("sizes")])),
        ("track_workflow", extra!(#[track_workflow("sizes")])),
        ("track_llm", extra!(#[track_llm(model = "sizes", unpriced, usage = none)])),
    ];
    for (attribute, extra) in extras {
        assert!(extra <= MOST, "{attribute}: {extras:?}");
    }
}

#[test]
fn so_is_one_that_returns_a_response() {
    async fn plain(n: u64) -> Result<Usage, Broken> {
        Ok(Usage::new(futures::future::ready(n).await, n))
    }
    #[track_llm(model = "sizes", unpriced)]
    async fn annotated(n: u64) -> Result<Usage, Broken> {
        Ok(Usage::new(futures::future::ready(n).await, n))
    }
    let extra = size_of_val(&annotated(1)) - size_of_val(&plain(1));
    assert!(extra <= MOST, "{extra}");
}

/// One that is returned is wrapped, and nothing of it is stored twice.
#[test]
fn so_is_one_that_is_returned() {
    fn plain(big: [u8; 1024]) -> impl Future<Output = u8> {
        async move {
            futures::future::ready(()).await;
            big[0]
        }
    }
    #[traced]
    fn annotated(big: [u8; 1024]) -> impl Future<Output = u8> {
        async move {
            futures::future::ready(()).await;
            big[0]
        }
    }
    let extra = size_of_val(&annotated([0; 1024])) - size_of_val(&plain([0; 1024]));
    assert!(extra <= MOST, "{extra}");
}
