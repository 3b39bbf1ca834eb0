//! The attributes as functions: `arc_obs::agent(&name).run(future)`.

use std::error::Error;
use std::fmt;
use std::future::{Future, pending};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use arc_obs::testing::{Capture, OperationKind, capture};
use arc_obs::{LlmResponse, Model, Status, Usage, Usd, record_usage};
use futures::executor::block_on;
use serde::Serialize;
use serde_json::{Value, json};

fn ends(capture: &Capture) -> Vec<(&'static str, String, &'static str)> {
    let operations = capture.operations().into_iter();
    operations.map(|it| (it.kind.as_str(), it.name, it.status.as_str())).collect()
}

fn statuses(capture: &Capture) -> Vec<Status> {
    capture.operations().into_iter().map(|it| it.status).collect()
}

#[test]
fn agents_tools_workflows_and_operations_are_recorded_as_by_their_attributes() {
    let capture = capture();
    let name = String::from("planner 7");
    let plan = arc_obs::workflow("functions daily").run_sync(|| {
        block_on(arc_obs::agent(&name).kind("planner").run(async {
            arc_obs::tool("functions search")
                .cost(0.25)
                .run_sync(|| arc_obs::operation("functions load").run_sync(|| 7))
        }))
    });
    assert_eq!(plan, 7);
    let expected = [
        ("operation", "functions load".to_owned(), "success"),
        ("tool", "functions search".to_owned(), "success"),
        ("agent", name.clone(), "success"),
        ("workflow", "functions daily".to_owned(), "success"),
    ];
    assert_eq!(ends(&capture), expected);
    let operations = capture.operations();
    assert_eq!(operations[1].agent.as_deref(), Some("planner 7"));
    assert_eq!(operations[2].cost.map(Usd::as_dollars), Some(0.25), "charged to the agent around it");
    assert_eq!((operations[1].depth, operations[1].function.as_deref()), (2, None));
    let labels = [("agent_name", "planner 7"), ("status", "success")];
    assert_eq!(capture.value("arc_agent_executions_total", &labels), Some(1.0));
    assert_eq!(capture.value("arc_active_agents", &[]), Some(0.0));
    assert_eq!(capture.value("arc_tool_cost_dollars_total", &[("tool", "functions search")]), Some(0.25));
}

#[derive(Debug)]
struct Own(io::Error);

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("own")
    }
}

impl Error for Own {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

fn late() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

#[test]
fn the_status_is_told_by_the_type_of_the_result() {
    fn tool<R: arc_obs::SaysStatus<By>, By>(result: R) -> R {
        arc_obs::tool("functions statuses").run_sync(|| result)
    }
    fn generic<E: Error + 'static>(error: E) {
        tool(Err::<(), E>(error)).unwrap_err();
    }

    let capture = capture();
    tool(Ok::<u8, io::Error>(1)).unwrap();
    tool(Err::<u8, _>(io::Error::other("x"))).unwrap_err();
    tool(Err::<u8, _>(late())).unwrap_err();
    tool(Err::<u8, _>(Own(late()))).unwrap_err();
    tool(Err::<u8, _>(anyhow::Error::new(Own(late())).context("while searching"))).unwrap_err();
    tool(Err::<u8, _>(anyhow::anyhow!("no"))).unwrap_err();
    tool(Err::<u8, Box<dyn Error + Send + Sync>>(Box::new(late()))).unwrap_err();
    tool(Err::<u8, Box<dyn Error>>(Box::new(late()))).unwrap_err();
    tool(Err::<u8, Box<dyn Error>>("no".into())).unwrap_err();
    tool(Err::<u8, _>("no")).unwrap_err();
    tool(Err::<u8, _>("no".to_owned())).unwrap_err();
    tool(Err::<u8, _>(())).unwrap_err();
    generic(late());
    tool(());
    tool(Some(1));
    tool(vec![1]);
    tool(String::new());
    use Status::{Error as Failed, Success, Timeout};
    let expected = [
        Success, Failed, Timeout, Timeout, Timeout, Failed, Timeout, Timeout, Failed, Failed, Failed, Failed, Timeout,
        Success, Success, Success, Success,
    ];
    assert_eq!(statuses(&capture), expected);
    assert_eq!(capture.operations()[1].error_type.as_deref(), Some("std::io::error::Error"));
}

#[test]
fn a_deadline_is_a_time_out() {
    let capture = capture();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let never = tokio::time::timeout(Duration::from_millis(1), pending::<()>());
        arc_obs::operation("functions deadline").run(never).await.unwrap_err();
    });
    assert_eq!(statuses(&capture), [Status::Timeout]);
}

#[test]
fn what_says_it_in_a_way_of_its_own_says_it_by_a_closure() {
    struct Page(u16);
    let ended = |page: &Page| if page.0 < 400 { Status::Success } else { Status::Timeout };
    let capture = capture();
    arc_obs::tool("functions pages").run_sync_with(|| Page(200), ended);
    let page = block_on(arc_obs::agent("functions pages").run_with(async { Page(504) }, ended));
    assert_eq!(page.0, 504);
    let page = arc_obs::tool("functions pages")
        .run_sync_with(|| Page(1), |page| if page.0 < 2 { panic!() } else { Status::Success });
    assert_eq!(page.0, 1, "the call goes on");
    assert_eq!(statuses(&capture), [Status::Success, Status::Timeout, Status::Error]);
    assert_eq!(capture.value("arc_obs_status_panics_total", &[]), Some(1.0));
}

#[test]
fn a_drop_is_cancelled_a_panic_is_one_and_what_never_ran_is_not_recorded() {
    let capture = capture();
    drop(arc_obs::agent("functions never").run(pending::<()>()));
    {
        let mut cancelled = pin!(arc_obs::agent("functions ends").run(pending::<()>()));
        assert!(cancelled.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(capture.value("arc_active_agents", &[]), Some(1.0));
    }
    let panics = || {
        arc_obs::agent("functions ends").run_sync(|| {
            if capture.operations().len() == 1 {
                panic!()
            }
        })
    };
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    assert_eq!(statuses(&capture), [Status::Cancelled, Status::Panic]);
    assert_eq!(capture.value("arc_active_agents", &[]), Some(0.0));
}

#[test]
fn the_future_outlives_the_name_and_can_be_spawned() {
    let capture = capture();
    let task = {
        let name = format!("functions {}", "spawned");
        arc_obs::agent(&name).run(async { Ok::<_, io::Error>(7) })
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let seven = runtime.block_on(async { tokio::spawn(capture.handle().run(task)).await.unwrap() });
    assert_eq!(seven.unwrap(), 7);
    assert_eq!(capture.operations()[0].name, "functions spawned");
}

#[test]
fn the_future_is_little_larger_than_the_work() {
    let work = || async {
        let kept = [0_u8; 1_024];
        std::future::ready(()).await;
        kept.len()
    };
    let (plain, run) = (size_of_val(&work()), size_of_val(&arc_obs::agent("functions size").run(work())));
    assert!(run <= plain + 112, "{plain} {run}");
}

fn answer() -> Value {
    json!({ "model": "gpt-4o-2024-08-06", "usage": { "prompt_tokens": 1_000_000, "completion_tokens": 0 } })
}

#[test]
fn the_usage_of_a_call_is_read_off_its_response() {
    #[derive(Serialize)]
    struct Reply {
        usage: Tokens,
    }
    #[derive(Serialize)]
    struct Tokens {
        input_tokens: u32,
        output_tokens: u32,
    }
    struct Asked(u64);
    impl LlmResponse for Asked {
        fn usage(&self) -> Option<Usage> {
            Some(Usage::new(self.0, 0))
        }
    }

    let capture = capture();
    let model = String::from("gpt-4o");
    block_on(arc_obs::llm(&model).run(async { Ok::<_, io::Error>(answer()) })).unwrap();
    arc_obs::llm(&model).run_sync(|| Ok::<_, String>(answer())).unwrap();
    let tokens = Tokens { input_tokens: 2_000_000, output_tokens: 0 };
    arc_obs::llm("gpt-4o")
        .run_sync(|| Ok::<_, io::Error>(Reply { usage: tokens }))
        .map(|reply| reply.usage.output_tokens)
        .unwrap();
    arc_obs::llm("gpt-4o").run_sync(|| Ok::<_, io::Error>(Asked(3_000_000))).map(drop).unwrap();
    arc_obs::llm("gpt-4o").run_sync(|| Ok::<_, io::Error>(Usage::new(4_000_000, 0))).unwrap();
    arc_obs::llm("gpt-4o").run_sync(|| Ok::<_, io::Error>(Some(answer()))).unwrap();
    arc_obs::llm("gpt-4o").run_sync(|| Err::<Value, _>(late())).unwrap_err();
    let costs: Vec<_> = capture.llm_calls().iter().map(|call| call.cost.map(Usd::as_dollars)).collect();
    assert_eq!(costs, [Some(2.5), Some(2.5), Some(5.0), Some(7.5), Some(10.0), Some(2.5), None]);
    assert_eq!(capture.llm_calls()[0].response_model.as_deref(), Some("gpt-4o-2024-08-06"));
    assert_eq!(capture.llm_calls()[6].status, Status::Timeout);
    assert!(!capture.llm_calls()[6].usage_missing);
}

#[test]
fn the_usage_of_a_call_is_said_recorded_or_left_out() {
    let capture = capture();
    let usage = |text: &String| Usage::new(text.len() as u64 * 1_000_000, 0);
    block_on(arc_obs::llm("gpt-4o").run_with(async { "x".to_owned() }, usage));
    arc_obs::llm("gpt-4o").run_sync_with(|| "xx".to_owned(), |_| None::<Usage>);
    arc_obs::llm("gpt-4o")
        .run_sync_with(|| "xx".to_owned(), |text| if text.len() == 2 { panic!() } else { usage(text) });
    arc_obs::llm("gpt-4o").usage_recorded().run_sync(|| record_usage(&answer()));
    block_on(arc_obs::llm("gpt-4o").usage_recorded().run(async { record_usage(&Usage::new(2_000_000, 0)) }));
    arc_obs::llm("gpt-4o").usage_none().run_sync(|| "text");
    block_on(arc_obs::llm("gpt-4o").usage_none().cost(0.125).run(async { Ok::<_, io::Error>("text") })).unwrap();
    let calls = capture.llm_calls();
    let costs: Vec<_> = calls.iter().map(|call| call.cost.map(Usd::as_dollars)).collect();
    assert_eq!(costs, [Some(2.5), None, None, Some(2.5), Some(5.0), None, Some(0.125)]);
    assert_eq!(
        calls.iter().map(|call| call.usage_missing).collect::<Vec<_>>(),
        [false, true, true, false, false, false, false]
    );
}

#[test]
fn a_call_takes_a_model_a_provider_a_tier_and_an_operation() {
    const MINE: Model = Model::new("functions-mine").price(1.0, 2.0);
    let capture = capture();
    let million = || Ok::<_, io::Error>(Usage::new(1_000_000, 0));
    arc_obs::llm(&MINE).run_sync(million).unwrap();
    arc_obs::llm("gpt-4o").tier("batch").operation("text_completion").run_sync(million).unwrap();
    arc_obs::llm("gpt-4o").tier("no such tier").run_sync(million).unwrap();
    arc_obs::llm("gpt-4o").provider("azure").run_sync(million).unwrap();
    arc_obs::llm("gpt-4o").provider("acme").run_sync(million).unwrap();
    arc_obs::llm("").provider("").run_sync(million).unwrap();
    let calls = capture.llm_calls();
    let costs: Vec<_> = calls.iter().map(|call| call.cost.map(Usd::as_dollars)).collect();
    assert_eq!(costs, [Some(1.0), Some(1.25), Some(2.5), Some(2.5), None, None]);
    assert_eq!(calls[4].unpriced.as_deref(), Some("unknown_provider"));
    assert_eq!(calls[5].name, "unknown");
    assert!(calls.iter().all(|call| call.kind == OperationKind::Llm));
}

#[test]
fn a_cost_is_charged_on_success_and_refused_where_it_is_none() {
    let capture = capture();
    arc_obs::tool("functions costs").cost(0.5).run_sync(|| Err::<(), _>("no")).unwrap_err();
    arc_obs::tool("functions costs").cost(Some(Usd::from_nanos(7))).run_sync(|| ());
    arc_obs::tool("functions costs").cost(f64::NAN).run_sync(|| ());
    let costs: Vec<_> = capture.operations().iter().map(|it| it.cost.map(Usd::as_nanos)).collect();
    assert_eq!(costs, [Some(0), Some(7), None]);
    assert_eq!(capture.value("arc_obs_cost_refused_total", &[("reason", "not_finite")]), Some(1.0));
}

#[test]
fn hostile_names_and_words_are_bounded() {
    let capture = capture();
    let long = "é".repeat(1 << 16);
    for number in 0..6_000 {
        let kind = format!("kind {number}");
        arc_obs::agent("functions hostile").kind(&kind).run_sync(|| ());
    }
    arc_obs::agent(&long).kind(&long).run_sync(|| ());
    arc_obs::llm(&long).provider(&long).operation(&long).tier(&long).usage_none().run_sync(|| ());
    let operations = capture.operations();
    assert!(operations.iter().all(|operation| operation.name.len() <= 256));
    assert_eq!(operations.len(), 6_002);
    assert!(capture.value("arc_obs_label_overflow_total", &[("reason", "cap")]).unwrap() > 1_800.0);
}
