//! `arc_obs::testing`, as a user's tests see it.

use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use arc_obs::testing::{ManualClock, OperationKind, capture};
use arc_obs::{Status, Usage, traced, track_agent, track_llm, track_tool};
use arc_obs_tests::page;

#[track_tool("capture_tool")]
fn tool(fail: bool) -> Result<(), std::fmt::Error> {
    if fail { Err(std::fmt::Error) } else { Ok(()) }
}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500).cache_read(10))]
async fn ask() {}

#[track_agent("capture_agent")]
async fn agent() {
    let _ = tool(false);
    inner().await;
}

#[traced]
async fn inner() {
    tokio::task::yield_now().await;
    ask().await;
}

const AGENT: [(&str, &str); 2] = [("agent_name", "capture_agent"), ("status", "success")];

#[tokio::test]
async fn a_capture_has_every_operation_and_the_process_none() {
    let capture = capture();
    agent().await;
    tool(true).unwrap_err();

    let operations = capture.operations();
    let seen: Vec<_> = operations
        .iter()
        .map(|it| (it.kind.as_str(), it.name.as_str(), it.status, it.depth, it.agent.as_deref().unwrap_or("-")))
        .collect();
    assert_eq!(
        seen,
        [
            ("tool", "capture_tool", Status::Success, 1, "capture_agent"),
            ("llm", "gpt-4o", Status::Success, 1, "capture_agent"),
            ("operation", "inner", Status::Success, 1, "capture_agent"),
            ("agent", "capture_agent", Status::Success, 0, "-"),
            ("tool", "capture_tool", Status::Error, 0, "-"),
        ]
    );
    assert_eq!(operations[4].error_type.as_deref(), Some("core::fmt::Error"));
    assert_eq!(operations[4].function.as_deref(), Some("tool"));
    let whole = Some(Usage::new(1_000, 500).cache_read(10));
    assert_eq!((operations[3].usage, operations[2].usage, operations[0].usage), (whole, whole, None));
    assert_eq!(operations[3].cost.unwrap().to_string(), "$0.0074875");
    assert_eq!(operations[0].cost, None);
    let calls = capture.llm_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].usage, Some(Usage::new(1_000, 500).cache_read(10)));
    assert_eq!(calls[0].cost.unwrap().to_string(), "$0.0074875");
    assert_eq!(calls[0].unpriced, None);

    assert_eq!(capture.value("arc_agent_executions_total", &AGENT), Some(1.0));
    assert_eq!(capture.value("arc_active_agents", &[]), Some(0.0));
    assert_eq!(capture.value("arc_agent_cost_dollars_total", &AGENT[..1]), Some(0.007_487_5));
    let tokens = |kind| capture.value("arc_agent_tokens_total", &[AGENT[0], ("type", kind)]);
    assert_eq!((tokens("prompt"), tokens("completion")), (Some(1_000.0), Some(500.0)));
    assert_eq!(capture.value("arc_llm_cost_dollars", &[("model", "gpt-4o")]), Some(0.007_487_5));
    assert_eq!(capture.value("arc_no_such_metric", &[]), None);
    assert_eq!(capture.summary().tools[0].calls, 2);
    assert_eq!(page::agent("capture_agent", "success"), 0.0);
    assert_eq!(page::value("arc_agent_cost_dollars_total", &AGENT[..1]).unwrap_or(0.0), 0.0);
}

#[test]
fn captures_of_two_threads_are_apart() {
    let together = Barrier::new(8);
    std::thread::scope(|scope| {
        for n in 1..=8 {
            let together = &together;
            scope.spawn(move || {
                let capture = capture();
                together.wait();
                for _ in 0..n * 100 {
                    tool(false).unwrap();
                }
                together.wait();
                assert_eq!(capture.operations().len(), n * 100);
            });
        }
    });
}

#[test]
fn the_innermost_capture_takes_it_all_and_the_outer_goes_on_after_it() {
    let outer = capture();
    {
        let within = capture();
        tool(false).unwrap();
        assert_eq!(within.operations().len(), 1);
    }
    assert_eq!(outer.operations().len(), 0);
    tool(false).unwrap();
    assert_eq!(outer.operations().len(), 1);
}

#[test]
fn an_agent_outside_of_the_capture_is_not_charged() {
    #[track_agent("capture_outside")]
    fn outside() {
        let capture = capture();
        futures::executor::block_on(ask());
        assert_eq!(capture.llm_calls()[0].agent, None);
        drop(capture);
        futures::executor::block_on(ask());
    }
    outside();
    let cost = page::value("arc_agent_cost_dollars_total", &[("agent_name", "capture_outside")]);
    assert_eq!(cost, Some(0.007_487_5), "the one call after it");
}

#[test]
fn what_began_in_a_capture_stays_in_it_on_any_thread() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap();
    let capture = capture();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..20).map(|_| tokio::spawn(capture.handle().run(agent()))).collect();
        for task in tasks {
            task.await.unwrap();
        }
        // Not taken along: nobody's but the process's.
        tokio::spawn(elsewhere()).await.unwrap();
    });
    #[traced("capture_elsewhere")]
    async fn elsewhere() {}
    let of = |kind| capture.operations().iter().filter(|operation| operation.kind == kind).count();
    assert_eq!((of(OperationKind::Agent), of(OperationKind::Llm), of(OperationKind::Operation)), (20, 20, 20));
    assert_eq!(capture.value("arc_agent_executions_total", &AGENT), Some(20.0));
    assert_eq!(page::operation("capture_elsewhere", "success"), 1.0);
}

#[test]
fn a_panic_leaves_nothing_in_place() {
    #[track_tool("capture_panics")]
    fn panics() {
        panic!("on purpose")
    }
    #[track_tool("capture_after_panic")]
    fn after() {}
    let result = std::panic::catch_unwind(|| {
        let capture = capture();
        let caught = std::panic::catch_unwind(panics);
        assert_eq!(capture.operations()[0].status, Status::Panic);
        tool(false).unwrap();
        assert_eq!(capture.operations()[1].depth, 0, "the panicked tool is no longer around it");
        std::panic::resume_unwind(caught.unwrap_err());
    });
    result.unwrap_err();
    after();
    assert_eq!(
        page::value("arc_tool_calls_total", &[("tool", "capture_after_panic"), ("status", "success")]),
        Some(1.0)
    );
}

#[test]
fn a_dropped_future_is_cancelled_and_one_that_outlives_its_capture_is_nobodys() {
    let capture_of = capture();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let mut cancelled = Box::pin(inner());
    assert!(cancelled.as_mut().poll(&mut context).is_pending());
    drop(cancelled);
    assert_eq!(capture_of.operations()[0].status, Status::Cancelled);

    #[traced("capture_late")]
    async fn late() {
        tokio::task::yield_now().await;
        traced_inside();
    }
    #[traced("capture_late_inside")]
    fn traced_inside() {}
    let mut outlives = Box::pin(late());
    assert!(outlives.as_mut().poll(&mut context).is_pending());
    drop(capture_of);
    assert!(outlives.as_mut().poll(&mut context).is_ready());
    assert_eq!(page::operation("capture_late", "success"), 0.0);
    assert_eq!(page::operation("capture_late_inside", "success"), 0.0);
}

#[test]
fn a_manual_clock_says_how_long_and_when() {
    #[track_llm(model = "gemini-3.6-flash", usage = |_| Usage::new(1_000_000, 0))]
    fn dated(clock: &ManualClock) {
        clock.advance(Duration::from_millis(1_500));
    }
    let day = |second| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
    let cost_at = |second| {
        let clock = ManualClock::default();
        clock.set_date(day(second));
        let capture = capture().with_clock(&clock);
        dated(&clock);
        let call = capture.llm_calls().remove(0);
        assert_eq!(call.duration, Duration::from_millis(1_500));
        call.cost.unwrap()
    };
    // Its price doubles at midnight of 2027-01-01 (1 798 761 600).
    let (before, after) = (cost_at(1_798_761_598), cost_at(1_798_761_600));
    assert_eq!(before.saturating_add(before), after);
    let clock = ManualClock::new();
    clock.advance(Duration::MAX);
    clock.advance(Duration::MAX);
}

#[test]
fn what_is_recorded_by_hand_is_captured_too() {
    let capture = capture();
    arc_obs::record_llm_call("gpt-4o", Status::Success, Duration::from_secs(2), Usage::new(1_000, 0));
    arc_obs::record_agent_execution("capture_by_hand", Status::Timeout, Duration::from_secs(1));
    arc_obs::record_cache_operation("capture_cache", true, 7);
    arc_obs::record_request("GET", "/capture", 200, Duration::ZERO);
    let request = arc_obs::start_request("GET", "/capture");
    assert_eq!(capture.value("arc_active_requests", &[]), Some(1.0));
    drop(capture.handle().run_sync(|| request));
    arc_obs::record_usage(&Usage::new(1, 1));
    let names: Vec<_> = capture.operations().into_iter().map(|it| (it.name, it.function)).collect();
    assert_eq!(names, [("gpt-4o".to_owned(), None), ("capture_by_hand".to_owned(), None)]);
    assert_eq!(capture.value("arc_cache_size_bytes", &[("cache_type", "capture_cache")]), Some(7.0));
    assert_eq!(
        capture.value("arc_request_duration_seconds", &[("method", "GET"), ("endpoint", "/capture")]),
        Some(2.0)
    );
    assert_eq!(capture.value("arc_active_requests", &[]), Some(0.0));
    assert_eq!(capture.value("arc_obs_usage_unattributed_total", &[]), Some(1.0));
    assert_eq!(page::series("arc_cache_size_bytes"), 0);
}

#[test]
fn a_label_storm_in_a_capture_stays_there() {
    let capture = capture();
    for n in 0..300 {
        arc_obs::record_agent_execution(&format!("storm-{n}"), Status::Success, Duration::ZERO);
    }
    assert_eq!(capture.value("arc_obs_label_overflow_total", &[("reason", "cap")]), Some(100.0));
    assert_eq!(capture.operations()[299].name, "storm-299");
}

#[test]
fn captures_may_be_dropped_in_any_order() {
    #[track_tool("capture_order")]
    fn here() {}
    let page = || {
        let labels = [("tool", "capture_order"), ("status", "success")];
        page::value("arc_tool_calls_total", &labels).unwrap_or(0.0)
    };
    let (a, b, c) = (capture(), capture(), capture());
    drop(b);
    here();
    assert_eq!((a.operations().len(), c.operations().len()), (0, 1));
    drop(a);
    here();
    assert_eq!(c.operations().len(), 2);
    drop(c);
    here();
    assert_eq!(page(), 1.0);
    let mut again = capture();
    here();
    again = {
        assert_eq!(again.operations().len(), 1);
        capture()
    };
    here();
    assert_eq!(again.operations().len(), 1);
    drop(again);
    here();
    assert_eq!(page(), 2.0);
}

#[test]
fn a_manual_clock_holds_for_what_is_recorded_by_hand() {
    let clock = ManualClock::new();
    clock.set_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_761_598));
    let capture = capture().with_clock(&clock);
    let record = || {
        arc_obs::record_llm_call("gemini-3.6-flash", Status::Success, Duration::ZERO, Usage::new(1_000_000, 0));
    };
    record();
    let request = arc_obs::start_request("GET", "/clock");
    clock.advance(Duration::from_secs(60));
    request.finish(200);
    record();
    let costs: Vec<_> = capture.llm_calls().iter().map(|call| call.cost.unwrap()).collect();
    assert_eq!(costs[0].saturating_add(costs[0]), costs[1], "its price doubled at midnight");
    let families = capture.registry().gather();
    let durations = families.iter().find(|family| family.name() == "arc_request_duration_seconds").unwrap();
    assert_eq!(durations.get_metric()[0].get_histogram().get_sample_sum(), 60.0);
}

#[test]
fn a_capture_inside_of_an_llm_call_tells_that_nothing() {
    #[track_llm(model = "gpt-4.1", usage = |_| Usage::new(1_000, 0))]
    fn outer() {
        let capture = capture();
        futures::executor::block_on(ask());
        assert_eq!(capture.llm_calls().len(), 1);
    }
    let around = capture();
    outer();
    assert_eq!(around.llm_calls()[0].usage, Some(Usage::new(1_000, 0)));
}
