//! Every attribute, with what only it takes, on a sync and an async function.

use arc_obs::testing::{OperationKind, capture};
use arc_obs::{
    Status, Usage, Usd, record_usage, traced, track_agent, track_cache, track_llm, track_tool, track_workflow,
};
use futures::executor::block_on;

use crate::Broken;

const fn fine(n: u64) -> Result<u64, Broken> {
    if n == 0 { Err(Broken) } else { Ok(n) }
}

macro_rules! kinds {
    ($($(#[$attribute:meta])+ $kind:ident $name:literal, $sync:ident, $asynchronous:ident;)*) => {
        $(
            $(#[$attribute])+
            fn $sync(n: u64) -> Result<u64, Broken> {
                fine(n)
            }

            $(#[$attribute])+
            async fn $asynchronous(n: u64) -> Result<u64, Broken> {
                futures::future::ready(()).await;
                fine(n)
            }
        )*

        #[test]
        fn each_kind_ends_as_it_ends() {
            $(
                for (n, status) in [(3, Status::Success), (0, Status::Error)] {
                    let capture = capture();
                    drop($sync(n));
                    drop(block_on($asynchronous(n)));
                    let operations = capture.operations();
                    assert_eq!(operations.len(), 2, "{}", $name);
                    for operation in operations {
                        assert_eq!(operation.kind, OperationKind::$kind);
                        assert_eq!((operation.name.as_str(), operation.status), ($name, status));
                    }
                }
            )*
        }
    };
}

kinds! {
    #[traced("kinds_traced")] Operation "kinds_traced", traced_sync, traced_async;
    #[track_tool("kinds_tool")] Tool "kinds_tool", tool_sync, tool_async;
    #[track_tool("kinds_tool_cost", cost = 0.5)] Tool "kinds_tool_cost", tool_cost_sync, tool_cost_async;
    #[track_tool("kinds_tool_closure", cost = |_| 0.5)] Tool "kinds_tool_closure", tool_closure_sync, tool_closure_async;
    #[track_agent("kinds_agent")] Agent "kinds_agent", agent_sync, agent_async;
    #[track_agent("kinds_agent_kind", kind = "plan")] Agent "kinds_agent_kind", agent_kind_sync, agent_kind_async;
    #[track_workflow("kinds_workflow")] Workflow "kinds_workflow", workflow_sync, workflow_async;
    #[track_cache("kinds_cache", hit = Result::is_ok)] Cache "kinds_cache", cache_sync, cache_async;
    #[track_llm(model = "kinds-none", unpriced, usage = none)] Llm "kinds-none", none_sync, none_async;
    #[track_llm(model = "kinds-recorded", unpriced, usage = recorded)] Llm "kinds-recorded", recorded_sync, recorded_async;
    #[track_llm(model = "kinds-closure", price(input = 1.0, output = 2.0), usage = |n| Usage::new(n.as_ref().map_or(0, |n| *n), 1))]
    Llm "kinds-closure", closure_sync, closure_async;
}

#[track_llm(model = "kinds-response", price(input = 1.0, output = 2.0))]
async fn response(n: u64) -> Result<Option<Usage>, Broken> {
    fine(n).map(|n| Some(Usage::new(n, 1)))
}

#[track_llm(model = "kinds-response-future", unpriced)]
fn response_future(n: u64) -> impl Future<Output = Box<Usage>> + Send {
    async move { Box::new(Usage::new(n, 1)) }
}

#[track_llm(model = "kinds-body", price(input = 1.0, output = 2.0), usage = recorded)]
async fn body<'a>(n: u64, text: &'a str) -> &'a str {
    record_usage(&Usage::new(n, 0));
    futures::future::ready(()).await;
    record_usage(&Usage::new(0, n));
    text
}

#[test]
fn usage_of_every_shape() {
    let capture = capture();
    assert_eq!(block_on(response(1_000_000)), Ok(Some(Usage::new(1_000_000, 1))));
    assert_eq!(*block_on(crate::is_send(response_future(2))), Usage::new(2, 1));
    assert_eq!(block_on(body(3, "text")), "text");
    let usages: Vec<_> = capture.llm_calls().into_iter().map(|call| (call.usage, call.cost)).collect();
    let expected = [
        (Some(Usage::new(1_000_000, 1)), Some(Usd::from_nanos(1_000_002_000))),
        (Some(Usage::new(2, 1)), None),
        (Some(Usage::new(3, 3)), Some(Usd::from_nanos(9_000))),
    ];
    assert_eq!(usages, expected);
}

/// A cost is said of arguments before the body has them.
#[track_tool("kinds_cost_of_arguments", cost = 0.5 * f64::from(count))]
async fn cost_of_arguments(count: u32, values: Vec<u8>) -> Vec<u8> {
    values
}

#[track_workflow("kinds_cost_of_a_future", cost = |count| f64::from(*count))]
fn cost_of_a_future(count: u32) -> impl Future<Output = u32> {
    async move { count }
}

#[test]
fn costs_of_every_shape() {
    let capture = capture();
    assert_eq!(block_on(cost_of_arguments(3, vec![1])), [1]);
    assert_eq!(block_on(cost_of_a_future(2)), 2);
    let costs: Vec<_> = capture.operations().into_iter().map(|operation| operation.cost).collect();
    assert_eq!(costs, [Usd::from_dollars(1.5), Usd::from_dollars(2.0)]);
}
