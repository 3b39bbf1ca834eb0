//! Gauges of what is under way come back to zero, however it ends.
//!
//! One test: other tests of this process run agents, too, so it looks at a child
//! process of its own.

use std::future::pending;
use std::panic::catch_unwind;
use std::process::Command;
use std::task::{Context, Waker};

use arc_obs::track_agent;
use arc_obs_tests::page::value;

#[track_agent("active_waiting")]
async fn waiting() {
    pending::<()>().await;
}

#[track_agent("active_panicking")]
fn panicking() {
    assert_eq!(value("arc_active_agents", &[]), Some(1.0));
    panic!("on purpose")
}

#[test]
fn active_gauges_return_to_zero() {
    const CHILD: &str = "ARC_OBS_TEST_ACTIVE_CHILD";
    if std::env::var_os(CHILD).is_none() {
        let itself = std::env::current_exe().unwrap();
        let child =
            Command::new(itself).args(["--exact", "active::active_gauges_return_to_zero"]).env(CHILD, "1").output();
        let output = child.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        return;
    }

    let mut futures: Vec<_> = (0..3).map(|_| Box::pin(waiting())).collect();
    for future in &mut futures {
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    assert_eq!(value("arc_active_agents", &[]), Some(3.0));
    drop(futures);
    assert_eq!(value("arc_active_agents", &[]), Some(0.0));
    catch_unwind(panicking).unwrap_err();
    assert_eq!(value("arc_active_agents", &[]), Some(0.0));

    let request = arc_obs::start_request("GET", "/active");
    let given_up = arc_obs::start_request("GET", "/active");
    assert_eq!(value("arc_active_requests", &[]), Some(2.0));
    request.finish(200);
    drop(given_up);
    catch_unwind(|| {
        let _request = arc_obs::start_request("GET", "/active");
        panic!("on purpose")
    })
    .unwrap_err();
    assert_eq!(value("arc_active_requests", &[]), Some(0.0));
    for status in ["200", "499", "500"] {
        let labels = [("method", "GET"), ("endpoint", "/active"), ("status", status)];
        assert_eq!(value("arc_requests_total", &labels), Some(1.0), "{status}");
    }
}
