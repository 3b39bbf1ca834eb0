//! Spans of several libraries, and annotated functions, inside of each other: whatever is the same is
//! counted once, whoever tells of it.
#![allow(missing_docs)]

use std::sync::atomic::{AtomicU64, Ordering};

use arc_obs::{Sampling, Usage, track_agent, track_llm, track_tool, track_workflow};
use arc_obs_trace_tests::{Tracing, counted, tracing_with};
use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use tracing::field::Empty;
use tracing::{Span, info_span};

/// By what a library tells of what it does.
#[derive(Clone, Copy, Debug)]
enum Api {
    Tracing,
    OpenTelemetry,
}

const PAIRS: [(Api, Api); 4] = [
    (Api::Tracing, Api::Tracing),
    (Api::Tracing, Api::OpenTelemetry),
    (Api::OpenTelemetry, Api::Tracing),
    (Api::OpenTelemetry, Api::OpenTelemetry),
];

/// What it is, by the conventions, with its name.
#[derive(Clone, Copy, Debug)]
enum Told<'a> {
    Chat(&'a str),
    Embeddings(&'a str),
    Agent(&'a str),
    Tool(&'a str),
    Workflow(&'a str),
}

impl<'a> Told<'a> {
    const fn of(self) -> (&'static str, &'static str, &'a str) {
        match self {
            Self::Chat(name) => ("chat", "gen_ai.request.model", name),
            Self::Embeddings(name) => ("embeddings", "gen_ai.request.model", name),
            Self::Agent(name) => ("invoke_agent", "gen_ai.agent.name", name),
            Self::Tool(name) => ("execute_tool", "gen_ai.tool.name", name),
            Self::Workflow(name) => ("invoke_workflow", "gen_ai.workflow.name", name),
        }
    }

    /// Runs something inside of a span that tells of it, with so many tokens if it says any.
    fn run<T>(self, api: Api, tokens: Option<u32>, run: impl FnOnce() -> T) -> T {
        let (operation, key, name) = self.of();
        match api {
            Api::Tracing => {
                let span = foreign_span(operation);
                span.record(key, name);
                let result = span.in_scope(run);
                if let Some(tokens) = tokens {
                    span.record("gen_ai.usage.input_tokens", tokens);
                }
                result
            }
            Api::OpenTelemetry => {
                let tracer = global::tracer("theirs");
                let given = [KeyValue::new("gen_ai.operation.name", operation), KeyValue::new(key, name.to_owned())];
                let span = tracer.span_builder(operation).with_attributes(given).start(&tracer);
                let context = Context::current_with_span(span);
                let result = {
                    let _inside = context.clone().attach();
                    run()
                };
                if let Some(tokens) = tokens {
                    context.span().set_attribute(KeyValue::new("gen_ai.usage.input_tokens", i64::from(tokens)));
                }
                context.span().end();
                result
            }
        }
    }

    fn alone(self, api: Api, tokens: Option<u32>) {
        self.run(api, tokens, || ());
    }

    fn in_place(self, api: Api, run: impl FnOnce()) {
        self.run(api, None, run);
    }
}

fn foreign_span(operation: &str) -> Span {
    info_span!(
        "foreign",
        gen_ai.operation.name = operation,
        gen_ai.request.model = Empty,
        gen_ai.agent.name = Empty,
        gen_ai.tool.name = Empty,
        gen_ai.workflow.name = Empty,
        gen_ai.usage.input_tokens = Empty,
    )
}

/// A name that no other test has.
fn new_name(of: &str) -> String {
    static LAST: AtomicU64 = AtomicU64::new(0);
    format!("{of}-{}", LAST.fetch_add(1, Ordering::Relaxed))
}

fn calls(model: &str) -> u64 {
    counted("arc_llm_calls_total", "model", model)
}

fn tokens(model: &str) -> u64 {
    counted("arc_llm_tokens_total", "model", model)
}

fn tools(name: &str) -> u64 {
    counted("arc_tool_calls_total", "tool", name)
}

fn agents(name: &str) -> u64 {
    counted("arc_agent_executions_total", "agent_name", name)
}

fn workflows(name: &str) -> u64 {
    counted("arc_workflow_executions_total", "workflow", name)
}

struct Response(u64);

impl arc_obs::LlmResponse for Response {
    fn usage(&self) -> Option<Usage> {
        Some(Usage::new(self.0, 0))
    }
}

/// Whether traces are kept makes no difference.
fn adopting(sampling: Sampling) -> Tracing {
    tracing_with(|builder| builder.adopt_genai_spans().sampling(sampling))
}

fn with_each_pair(test: impl Fn(Api, Api)) {
    for sampling in [Sampling::always(), Sampling::never()] {
        let tracing = adopting(sampling);
        for (outer, inner) in PAIRS {
            test(outer, inner);
        }
        let _ = tracing.end();
    }
}

fn with_each(test: impl Fn(Api)) {
    for sampling in [Sampling::always(), Sampling::never()] {
        let tracing = adopting(sampling);
        for api in [Api::Tracing, Api::OpenTelemetry] {
            test(api);
        }
        let _ = tracing.end();
    }
}

#[test]
fn of_two_libraries_that_tell_of_a_call_the_inner_one_counts() {
    with_each_pair(|outer, inner| {
        let (around, inside) = (new_name("around"), new_name("inside"));
        Told::Chat(&around).run(outer, Some(5), || Told::Chat(&inside).alone(inner, Some(5)));
        let found = (calls(&around), tokens(&around), calls(&inside), tokens(&inside));
        assert_eq!(found, (0, 0, 1, 5), "{outer:?} around {inner:?}");
    });
}

#[test]
fn but_the_outer_one_where_only_that_knows_the_tokens() {
    with_each_pair(|outer, inner| {
        let (around, inside) = (new_name("around"), new_name("inside"));
        Told::Chat(&around).run(outer, Some(7), || {
            // Two tries, as it turns out.
            Told::Chat(&inside).alone(inner, None);
            Told::Chat(&inside).alone(inner, None);
        });
        assert_eq!((calls(&around), tokens(&around), calls(&inside)), (1, 7, 0), "{outer:?} around {inner:?}");
    });
}

#[test]
fn what_tells_of_nothing_may_stand_between_them() {
    #[arc_obs::traced]
    fn between(inner: impl FnOnce()) {
        info_span!("handle").in_scope(inner);
    }
    with_each_pair(|outer, inner| {
        let [first, around, inside, agent] = ["first", "around", "inside", "agent"].map(new_name);
        Told::Chat(&first).in_place(Api::Tracing, || {
            Told::Agent(&agent).in_place(outer, || {
                between(|| {
                    Told::Chat(&around).in_place(outer, || between(|| Told::Chat(&inside).alone(inner, Some(5))));
                });
            });
        });
        assert_eq!((calls(&around), calls(&inside), calls(&first)), (0, 1, 1), "{outer:?} around {inner:?}");
        assert_eq!(counted("arc_agent_tokens_total", "agent_name", &agent), 5, "{outer:?} around {inner:?}");
    });
}

#[test]
fn one_that_is_open_still_counts_when_it_ends() {
    with_each_pair(|outer, inner| {
        let (around, inside) = (new_name("around"), new_name("inside"));
        let (end, wait) = std::sync::mpsc::channel::<()>();
        let (begun, begins) = std::sync::mpsc::channel::<()>();
        std::thread::scope(|threads| {
            Told::Chat(&around).run(outer, Some(5), || {
                let context = arc_obs::context();
                let inside = &inside;
                threads.spawn(move || {
                    context.run_sync(|| {
                        Told::Chat(inside).run(inner, Some(5), || {
                            begun.send(()).unwrap();
                            wait.recv().unwrap();
                        });
                    });
                });
                begins.recv().unwrap();
            });
            end.send(()).unwrap();
        });
        // Of `tracing` the one around is open as long as anything is inside of it.
        assert_eq!((calls(&around), calls(&inside), tokens(&inside)), (0, 1, 5), "{outer:?} around {inner:?}");
    });
}

#[test]
fn what_embeds_is_no_answer() {
    with_each_pair(|outer, inner| {
        let (around, inside) = (new_name("around"), new_name("inside"));
        Told::Chat(&around).run(outer, Some(5), || Told::Embeddings(&inside).alone(inner, Some(3)));
        assert_eq!((tokens(&around), tokens(&inside)), (5, 3), "{outer:?} around {inner:?}");
    });
}

#[test]
fn a_call_around_an_annotated_one_is_the_same() {
    #[track_llm(model = model)]
    fn ask(model: &str) -> Response {
        Response(9)
    }
    with_each_pair(|outer, between| {
        let (around, annotated) = (new_name("around"), new_name("annotated"));
        Told::Chat(&around).run(outer, Some(9), || {
            Told::Chat(&around).run(between, Some(9), || ask(&annotated));
        });
        assert_eq!((calls(&around), calls(&annotated), tokens(&annotated)), (0, 1, 9), "{outer:?} {between:?}");
    });
}

#[test]
fn a_call_inside_of_an_annotated_one_is_the_same_also_in_another_thread() {
    #[track_llm(model = model)]
    fn ask(model: &str, inner: impl FnOnce() + Send) -> Response {
        let context = arc_obs::context();
        std::thread::scope(|threads| {
            threads.spawn(move || context.run_sync(inner));
        });
        Response(9)
    }
    with_each_pair(|outer, inner| {
        let (annotated, agent, inside) = (new_name("annotated"), new_name("agent"), new_name("inside"));
        ask(&annotated, || {
            Told::Agent(&agent).in_place(outer, || Told::Chat(&inside).alone(inner, Some(9)));
        });
        let found = (calls(&annotated), tokens(&annotated), calls(&inside), agents(&agent));
        assert_eq!(found, (1, 9, 0, 0), "{outer:?} around {inner:?}");
    });
}

#[test]
fn what_goes_on_when_the_annotated_one_has_ended_is_another() {
    #[track_llm(model = model, usage = none)]
    fn ask(model: &str) -> arc_obs::Context {
        arc_obs::context()
    }
    with_each(|api| {
        let (annotated, later) = (new_name("annotated"), new_name("later"));
        let context = ask(&annotated);
        context.run_sync(|| Told::Chat(&later).alone(api, Some(2)));
        assert_eq!((calls(&annotated), calls(&later), tokens(&later)), (1, 1, 2), "{api:?}");
    });
}

#[test]
fn a_tool_inside_of_a_call_counts_and_so_do_the_calls_that_it_makes() {
    #[track_llm(model = model)]
    fn ask(model: &str, inner: impl FnOnce()) -> Response {
        inner();
        Response(9)
    }
    with_each_pair(|outer, inner| {
        let [annotated, first, tool, agent, inside] = ["annotated", "first", "tool", "agent", "inside"].map(new_name);
        ask(&annotated, || {
            Told::Chat(&first).alone(inner, Some(9));
            Told::Tool(&tool).in_place(outer, || {
                Told::Agent(&agent).in_place(inner, || Told::Chat(&inside).alone(outer, Some(4)));
            });
        });
        let found = (calls(&annotated), calls(&first), tools(&tool), agents(&agent), calls(&inside), tokens(&inside));
        assert_eq!(found, (1, 0, 1, 1, 1, 4), "{outer:?} and {inner:?}");
    });
}

#[test]
fn a_tool_is_called_once() {
    #[track_tool(name = name)]
    fn search(name: &str, inner: impl FnOnce()) {
        inner();
    }
    with_each_pair(|outer, inner| {
        let [around, annotated, inside] = ["around", "annotated", "inside"].map(new_name);
        Told::Tool(&around).in_place(outer, || search(&annotated, || Told::Tool(&inside).alone(inner, None)));
        assert_eq!((tools(&around), tools(&annotated), tools(&inside)), (0, 1, 0), "{outer:?} around {inner:?}");

        // An agent that is a tool has tools of its own.
        let [annotated, agent, inside] = ["annotated", "agent", "inside"].map(new_name);
        search(&annotated, || Told::Agent(&agent).in_place(outer, || Told::Tool(&inside).alone(inner, None)));
        assert_eq!((tools(&annotated), tools(&inside)), (1, 1), "{outer:?} around {inner:?}");

        // Two libraries tell of one.
        let tool = new_name("tool");
        Told::Tool(&tool).in_place(outer, || Told::Tool(&tool).alone(inner, None));
        assert_eq!(tools(&tool), 1, "{outer:?} around {inner:?}");
    });
}

#[test]
fn agents_and_workflows_of_one_name_are_one() {
    #[track_agent(name = name)]
    fn agent(name: &str, inner: impl FnOnce()) {
        inner();
    }
    #[track_workflow(name = name)]
    fn workflow(name: &str, inner: impl FnOnce()) {
        inner();
    }
    with_each_pair(|outer, inner| {
        let [pipeline, researcher, inside] = ["pipeline", "researcher", "inside"].map(new_name);
        Told::Agent(&pipeline).in_place(outer, || {
            Told::Agent(&researcher).in_place(inner, || {
                agent(&researcher, || Told::Agent(&inside).alone(inner, None));
            });
        });
        assert_eq!((agents(&pipeline), agents(&researcher), agents(&inside)), (1, 1, 0), "{outer:?} around {inner:?}");

        let [nightly, daily, inside] = ["nightly", "daily", "inside"].map(new_name);
        Told::Workflow(&nightly).in_place(outer, || {
            Told::Workflow(&daily).in_place(inner, || {
                workflow(&daily, || Told::Workflow(&inside).alone(inner, None));
            });
        });
        let found = (workflows(&nightly), workflows(&daily), workflows(&inside));
        assert_eq!(found, (1, 1, 0), "{outer:?} around {inner:?}");
    });
}

#[test]
fn one_that_says_late_what_it_is_counts_as_that() {
    let tracing = adopting(Sampling::never());
    let [agent, model] = ["agent", "model"].map(new_name);
    let tracer = global::tracer("theirs");
    let context = Context::current_with_span(tracer.start("late"));
    {
        let _inside = context.clone().attach();
        Told::Chat(&model).alone(Api::Tracing, Some(3));
    }
    context.span().set_attribute(KeyValue::new("gen_ai.operation.name", "invoke_agent"));
    context.span().set_attribute(KeyValue::new("gen_ai.agent.name", agent.clone()));
    context.span().end();
    let _ = tracing.end();
    assert_eq!((agents(&agent), calls(&model)), (1, 1));
}

#[test]
fn an_annotated_agent_is_charged_from_other_threads_too() {
    #[track_agent(name = name)]
    fn agent(name: &str, inner: impl FnOnce() + Send) {
        let context = Context::current();
        std::thread::scope(|threads| {
            // As who knows nothing of arc-obs carries it.
            threads.spawn(move || {
                let _inside = context.attach();
                inner();
            });
        });
    }
    with_each(|api| {
        let [name, inner, model] = ["agent", "inner", "model"].map(new_name);
        agent(&name, || Told::Agent(&inner).in_place(api, || Told::Chat(&model).alone(api, Some(6))));
        let of = |name| counted("arc_agent_tokens_total", "agent_name", name);
        assert_eq!((of(&name), of(&inner), agents(&inner)), (6, 0, 0), "{api:?}");
    });
}

#[test]
fn what_is_recorded_by_hand_is_told_already() {
    with_each(|api| {
        let [around, recorded] = ["around", "recorded"].map(new_name);
        Told::Chat(&around).run(api, Some(5), || {
            arc_obs::record_llm_call(&recorded, arc_obs::Status::Success, std::time::Duration::ZERO, Usage::new(5, 0));
        });
        assert_eq!((calls(&around), calls(&recorded)), (0, 1), "{api:?}");
    });
}

#[test]
fn without_traces_the_spans_of_tracing_are_known_all_the_same() {
    #[track_llm(model = model)]
    fn ask(model: &str, inner: impl FnOnce()) -> Response {
        inner();
        Response(9)
    }
    let _turn = arc_obs_trace_tests::turn();
    let obs = arc_obs::builder().service_name("adopts").no_server().adopt_genai_spans().install().unwrap();
    let [around, annotated, tool, inside] = ["around", "annotated", "tool", "inside"].map(new_name);
    Told::Chat(&around).run(Api::Tracing, Some(9), || {
        ask(&annotated, || {
            Told::Chat(&inside).alone(Api::Tracing, Some(9));
            Told::Tool(&tool).alone(Api::Tracing, None);
        });
    });
    // A root, for whoever makes it.
    let root = info_span!(parent: None, "chat", gen_ai.operation.name = "chat", gen_ai.request.model = &*inside);
    ask(&annotated, || drop(root.clone()));
    obs.shutdown_blocking(std::time::Duration::from_secs(5)).unwrap();
    assert_eq!((calls(&around), calls(&annotated), calls(&inside), tools(&tool)), (0, 2, 0, 1));
}
