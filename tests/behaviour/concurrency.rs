//! Counts are exact under load.

use std::thread;

use arc_obs::{Usage, track_agent, track_llm};
use arc_obs_tests::page;

#[track_agent("concurrent")]
async fn agent(n: u32) -> Result<(), String> {
    ask().await;
    if n.is_multiple_of(4) { Err("every fourth".into()) } else { Ok(()) }
}

#[track_llm(model = "concurrent-model", unpriced, usage = |_| Usage::new(3, 2))]
async fn ask() {
    futures::future::ready(()).await;
}

#[test]
fn ten_thousand_calls_from_eight_threads() {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for n in 0..1_250 {
                    let _ = futures::executor::block_on(agent(n));
                }
            });
        }
    });
    // 313 of 1250 numbers are multiples of four.
    assert_eq!((page::agent("concurrent", "error"), page::agent("concurrent", "success")), (2_504.0, 7_496.0));
    assert_eq!(page::llm("concurrent-model", "success"), 10_000.0);
    assert_eq!(page::tokens("concurrent-model", "prompt"), 30_000.0);
    assert_eq!(page::value("arc_agent_duration_seconds", &[("agent_name", "concurrent")]), Some(10_000.0));
}
