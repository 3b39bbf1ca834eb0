//! The same counts in every runtime flavour, and without one.

use arc_obs::{traced, track_agent};
use arc_obs_tests::page;

#[track_agent("runtimes")]
async fn agent() -> usize {
    step().await + step().await
}

#[traced("runtimes_step")]
async fn step() -> usize {
    tokio::task::yield_now().await;
    1
}

#[test]
fn current_thread_multi_thread_and_none() {
    let current = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(current.block_on(agent()), 2);
    let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    multi.block_on(async {
        let tasks: Vec<_> = (0..100).map(|_| tokio::spawn(agent())).collect();
        for task in tasks {
            assert_eq!(task.await.unwrap(), 2);
        }
    });
    // `yield_now` of tokio works under any executor that polls again.
    assert_eq!(futures::executor::block_on(async { agent().await }), 2);
    assert_eq!(page::agent("runtimes", "success"), 102.0);
    assert_eq!(page::operation("runtimes_step", "success"), 204.0);
}

#[test]
fn an_agent_is_current_only_where_it_runs() {
    use arc_obs::{Usage, track_llm};

    #[track_llm(model = "gpt-4o-2024-08-06", usage = |_| Usage::new(1_000, 0))]
    async fn ask() {
        tokio::task::yield_now().await;
    }
    #[track_agent("runtimes_left")]
    async fn left() {
        ask().await;
    }
    #[track_agent("runtimes_right")]
    async fn right() {
        ask().await;
        ask().await;
        let elsewhere = tokio::spawn(ask());
        elsewhere.await.unwrap();
    }
    let multi = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    multi.block_on(async { futures::join!(left(), right(), ask()) });
    let cost = |name| page::value("arc_agent_cost_dollars_total", &[("agent_name", name)]).unwrap();
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    near(cost("runtimes_left"), 0.0025);
    near(cost("runtimes_right"), 0.005);
    near(page::value("arc_llm_cost_dollars", &[("model", "gpt-4o-2024-08-06")]).unwrap(), 0.0125);
}
