//! Gauges of what is under way come back to zero, however it ends.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Waker};

use arc_obs::testing::capture;
use arc_obs::track_agent;

#[track_agent("active_waiting")]
async fn waiting() {
    pending::<()>().await;
}

#[track_agent("active_panicking")]
fn panicking(look: impl Fn()) {
    look();
    panic!("on purpose")
}

#[test]
fn active_gauges_return_to_zero() {
    let capture = capture();
    let active = |what: &str| capture.value(what, &[]).unwrap();
    let mut futures: Vec<_> = (0..3).map(|_| Box::pin(waiting())).collect();
    for future in &mut futures {
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(active("arc_active_agents"), 3.0);
    drop(futures);
    assert_eq!(active("arc_active_agents"), 0.0);
    let look = || assert_eq!(active("arc_active_agents"), 1.0);
    let panicked = catch_unwind(AssertUnwindSafe(|| panicking(look))).unwrap_err();
    assert_eq!(panicked.downcast_ref(), Some(&"on purpose"));
    assert_eq!(active("arc_active_agents"), 0.0);

    let request = arc_obs::start_request("GET", "/active");
    let given_up = arc_obs::start_request("GET", "/active");
    assert_eq!(active("arc_active_requests"), 2.0);
    request.finish(200);
    drop(given_up);
    catch_unwind(|| {
        let _request = arc_obs::start_request("GET", "/active");
        panic!("on purpose")
    })
    .unwrap_err();
    assert_eq!(active("arc_active_requests"), 0.0);
    for status in ["200", "499", "500"] {
        let labels = [("method", "GET"), ("endpoint", "/active"), ("status", status)];
        assert_eq!(capture.value("arc_requests_total", &labels), Some(1.0), "{status}");
    }
}
