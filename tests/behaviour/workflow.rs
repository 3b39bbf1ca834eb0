//! `#[track_workflow]`: executions, durations, cost, and what runs inside.

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};

use arc_obs::testing::{Capture, OperationKind, capture};
use arc_obs::{Status, Usage, track_agent, track_llm, track_tool, track_workflow};
use futures::executor::block_on;

fn executions(capture: &Capture, name: &str) -> [Option<f64>; 5] {
    Status::ALL.map(|status| {
        capture.value("arc_workflow_executions_total", &[("workflow", name), ("status", status.as_str())])
    })
}

#[test]
fn every_end_of_an_execution_is_counted() {
    #[track_workflow("ends")]
    fn sync(fail: bool) -> Result<u32, std::io::Error> {
        if fail { Err(std::io::ErrorKind::NotFound.into()) } else { Ok(1) }
    }
    #[track_workflow("ends")]
    async fn slow() -> Result<(), std::io::Error> {
        Err(std::io::ErrorKind::TimedOut.into())
    }
    #[track_workflow("ends")]
    async fn never() {
        pending().await
    }
    #[track_workflow("ends")]
    fn panics() {
        panic!("on purpose");
    }

    let capture = capture();
    sync(false).unwrap();
    sync(true).unwrap_err();
    block_on(slow()).unwrap_err();
    {
        let mut cancelled = pin!(never());
        assert!(cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    drop(never());

    assert_eq!(executions(&capture, "ends"), [Some(1.0); 5], "one of each; what was never polled is none");
    assert_eq!(capture.value("arc_workflow_duration_seconds", &[("workflow", "ends")]), Some(5.0));
    let operations = capture.operations();
    assert!(operations.iter().all(|it| it.kind == OperationKind::Workflow && it.name == "ends" && it.depth == 0));
    assert_eq!(operations[1].error_type.as_deref(), Some("std::io::error::Error"));
    let statuses: Vec<_> = operations.iter().map(|it| it.status.as_str()).collect();
    assert_eq!(statuses, ["success", "error", "timeout", "cancelled", "panic"]);
    let row = &capture.summary().workflows[0];
    assert_eq!((row.calls, row.errors, row.cancelled), (5, 3, 1));
}

#[test]
fn methods_and_generic_functions_are_workflows() {
    struct Pipeline<T>(T);

    impl<T: Clone> Pipeline<T> {
        #[track_workflow("shapes_of_workflows")]
        fn run(&mut self, value: T) -> T {
            std::mem::replace(&mut self.0, value)
        }

        #[track_workflow(name = "shapes_of_workflows", crate = ::arc_obs)]
        async fn finish(self) -> T {
            self.0
        }

        #[track_workflow("shapes_of_workflows")]
        fn later<'a>(&'a self) -> impl Future<Output = T> + use<'a, T> {
            async { self.0.clone() }
        }
    }

    let capture = capture();
    let mut pipeline = Pipeline("a".to_owned());
    assert_eq!(pipeline.run("b".to_owned()), "a");
    assert_eq!(block_on(pipeline.later()), "b");
    assert_eq!(block_on(pipeline.finish()), "b");
    assert_eq!(block_on(Pipeline(7).finish()), 7);
    assert_eq!(executions(&capture, "shapes_of_workflows")[0], Some(4.0));
}

#[track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500))]
async fn ask() {}

#[track_tool("step")]
fn step() {}

#[track_agent("worker")]
async fn work() {
    step();
    ask().await;
}

#[track_workflow("pipeline", cost = |parts| f64::from(*parts))]
async fn pipeline(agents: u32) -> u32 {
    for _ in 0..agents {
        work().await;
    }
    agents
}

#[test]
fn agents_inside_a_workflow_work_as_they_do_elsewhere() {
    let capture = capture();
    block_on(pipeline(2));

    let seen: Vec<_> = capture
        .operations()
        .into_iter()
        .map(|it| (it.kind.as_str(), it.depth, it.agent.unwrap_or_default(), it.cost.map(|cost| cost.to_string())))
        .collect();
    let worker = "worker".to_owned();
    let call = Some("$0.0075".to_owned());
    let agent =
        [("tool", 2, worker.clone(), None), ("llm", 2, worker, call.clone()), ("agent", 1, String::new(), call)];
    let workflow = ("workflow", 0, String::new(), Some("$2.015".to_owned()));
    assert_eq!(seen, [&agent[..], &agent[..], &[workflow]].concat());

    assert_eq!(capture.value("arc_agent_cost_dollars_total", &[("agent_name", "worker")]), Some(0.015));
    let own = capture.value("arc_workflow_cost_dollars_total", &[("workflow", "pipeline")]);
    assert_eq!(own, Some(2.0), "what is inside is not the workflow's own");
}

#[test]
fn a_workflow_inside_an_agent_charges_it() {
    #[track_agent("leader")]
    fn lead() {
        block_on(pipeline(0));
        block_on(priced()).unwrap();
    }
    #[track_workflow("priced", cost = 0.25)]
    async fn priced() -> Result<(), String> {
        step();
        Ok(())
    }
    #[track_workflow("free")]
    fn free() {}

    let capture = capture();
    lead();
    free();
    assert_eq!(capture.value("arc_agent_cost_dollars_total", &[("agent_name", "leader")]), Some(0.25));
    let cost = |name| capture.value("arc_workflow_cost_dollars_total", &[("workflow", name)]);
    assert_eq!(cost("priced"), Some(0.25));
    assert_eq!(cost("free"), None, "whose cost nobody says has no series");
    assert_eq!(capture.operations()[1].agent.as_deref(), Some("leader"));
}

#[test]
fn the_summary_has_workflows_between_models_and_tools_if_any_ran() {
    let without = capture();
    block_on(work());
    assert!(!without.summary().to_string().contains("workflow"), "{}", without.summary());
    drop(without);

    let with = capture();
    block_on(pipeline(1));
    let text = with.summary().to_string();
    let headings: Vec<_> = text.lines().filter(|line| line.contains("calls")).collect();
    let headings: Vec<_> = headings.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(&headings[..4], ["agent", "model", "workflow", "tool"], "{text}");
    let row = text.lines().find(|line| line.starts_with("pipeline ")).unwrap();
    assert!(row.contains(" 1 ") && row.contains("$1"), "{text}");
}
