//! Operations that other libraries tell of by spans of their own.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_obs::{Observability, Usage, track_agent, track_llm, track_tool};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};

/// As rig makes it, with what it would record at the end.
macro_rules! chat {
    ($model:literal, $input:expr, $output:expr) => {{
        let span = info_span!(
            target: "rig::completions",
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.provider.name = "openai",
            gen_ai.request.model = $model,
            gen_ai.system_instructions = "s3cret",
            gen_ai.response.model = Empty,
            gen_ai.usage.input_tokens = Empty,
            gen_ai.usage.output_tokens = Empty,
            gen_ai.usage.cache_read.input_tokens = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        );
        span.record("gen_ai.usage.input_tokens", $input);
        span.record("gen_ai.usage.output_tokens", $output);
        span
    }};
}

static TURN: Mutex<()> = Mutex::new(());

struct Adopting {
    obs: Option<Observability>,
    _turn: MutexGuard<'static, ()>,
}

/// Without any exporter.
fn adopting() -> Adopting {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let obs = arc_obs::builder().service_name("adopts").no_server().adopt_genai_spans().install().unwrap();
    Adopting { obs: Some(obs), _turn: turn }
}

impl Drop for Adopting {
    fn drop(&mut self) {
        if let Some(obs) = self.obs.take() {
            obs.shutdown_blocking(Duration::from_secs(5)).unwrap();
        }
    }
}

fn value(name: &str, labels: &[(&str, &str)]) -> f64 {
    let page = arc_obs::registry().gather();
    let family = page.iter().find(|family| family.name() == name);
    let has = |metric: &arc_obs::prometheus::proto::Metric, label: &(&str, &str)| {
        metric.get_label().iter().any(|pair| (pair.name(), pair.value()) == *label)
    };
    let metrics = family.map(|family| family.get_metric()).unwrap_or_default();
    let metric = metrics.iter().find(|metric| labels.iter().all(|label| has(metric, label)));
    metric.map_or(0.0, |metric| metric.get_counter().get_value())
}

fn calls(model: &str, status: &str) -> f64 {
    value("arc_llm_calls_total", &[("model", model), ("status", status)])
}

fn tokens(model: &str) -> (f64, f64) {
    let of = |kind| value("arc_llm_tokens_total", &[("model", model), ("type", kind)]);
    (of("prompt"), of("completion"))
}

#[test]
fn a_call_that_another_library_tells_of_has_metrics_and_cost() {
    let _adopting = adopting();
    drop(chat!("gpt-4o", 1_000_u64, 500_i64));
    assert_eq!((calls("gpt-4o", "success"), tokens("gpt-4o")), (1.0, (1_000.0, 500.0)));
    assert_eq!(value("arc_llm_cost_dollars", &[("model", "gpt-4o")]), 0.0075);

    let failed = chat!("gpt-4o", 0_u64, 0_u64);
    failed.record("error.type", "rate_limit");
    drop(failed);
    let late = chat!("gpt-4o", 0_u64, 0_u64);
    late.record("error.type", "RequestTimeout");
    drop(late);
    assert_eq!((calls("gpt-4o", "error"), calls("gpt-4o", "timeout"), calls("gpt-4o", "success")), (1.0, 1.0, 1.0));
}

#[test]
fn what_is_in_the_cache_is_part_of_the_input() {
    let _adopting = adopting();
    // gpt-4.1: $2 a million, $0.50 from the cache.
    let inside = chat!("gpt-4.1", 1_000_u64, 0_u64);
    inside.record("gen_ai.usage.cache_read.input_tokens", 600_u64);
    drop(inside);
    assert_eq!(value("arc_llm_cost_dollars", &[("model", "gpt-4.1")]), 0.0011);
    let beside = chat!("gpt-4.1", 10_u64, 0_u64);
    beside.record("gen_ai.usage.cache_read.input_tokens", 5_000_u64);
    drop(beside);
    assert_eq!(tokens("gpt-4.1").0, 1_000.0 + 5_010.0);
}

struct Chat(Usage);

impl arc_obs::LlmResponse for Chat {
    fn usage(&self) -> Option<Usage> {
        Some(self.0)
    }
}

#[test]
fn inside_an_annotated_call_it_does_not_count_again() {
    #[track_llm(model = "gpt-4o-mini")]
    async fn ask() -> Chat {
        async {}.instrument(chat!("gpt-4o-mini", 70_u64, 7_u64)).await;
        Chat(Usage::new(70, 7))
    }
    let _adopting = adopting();
    block_on(ask());
    assert_eq!((calls("gpt-4o-mini", "success"), tokens("gpt-4o-mini")), (1.0, (70.0, 7.0)));

    // And the other way round: the annotated call is inside of the other library's.
    block_on(ask().instrument(chat!("o3", 70_u64, 7_u64)));
    assert_eq!((calls("o3", "success"), tokens("o3")), (0.0, (0.0, 0.0)));
    assert_eq!(calls("gpt-4o-mini", "success"), 2.0);
}

#[test]
fn of_one_inside_another_the_inner_one_counts() {
    let _adopting = adopting();
    let outer = chat!("o4-mini", 5_u64, 5_u64);
    let inner = outer.in_scope(|| chat!("o4-mini", 5_u64, 5_u64));
    drop(inner);
    drop(outer);
    assert_eq!((calls("o4-mini", "success"), tokens("o4-mini")), (1.0, (5.0, 5.0)));
}

#[test]
fn the_agent_around_it_is_charged() {
    #[track_agent("adopting_agent")]
    async fn agent() {
        async {}.instrument(chat!("o1", 1_000_u64, 500_u64)).await;
    }
    let _adopting = adopting();
    block_on(agent());
    let of = |name, kind| value("arc_agent_tokens_total", &[("agent_name", name), ("type", kind)]);
    assert_eq!((of("adopting_agent", "prompt"), of("adopting_agent", "completion")), (1_000.0, 500.0));
    assert_eq!(value("arc_agent_cost_dollars_total", &[("agent_name", "adopting_agent")]), 0.045);

    let foreign = info_span!("invoke_agent", gen_ai.operation.name = "invoke_agent", gen_ai.agent.name = "foreign");
    foreign.in_scope(|| drop(chat!("o1", 1_000_u64, 500_u64)));
    drop(foreign);
    assert_eq!(value("arc_agent_cost_dollars_total", &[("agent_name", "foreign")]), 0.045);
    assert_eq!(value("arc_agent_executions_total", &[("agent_name", "foreign"), ("status", "success")]), 1.0);
}

#[test]
fn tools_are_adopted_and_those_that_are_annotated_are_not() {
    fn tell() -> Span {
        info_span!("execute_tool", gen_ai.operation.name = "execute_tool", gen_ai.tool.name = "adopted_search")
    }
    #[track_tool("annotated_search")]
    fn search() {
        drop(tell());
    }
    let _adopting = adopting();
    search();
    assert_eq!(value("arc_tool_calls_total", &[("tool", "adopted_search")]), 0.0);
    drop(tell());
    let of = |name| value("arc_tool_calls_total", &[("tool", name), ("status", "success")]);
    assert_eq!((of("adopted_search"), of("annotated_search")), (1.0, 1.0));
}

#[test]
fn nothing_is_adopted_unless_it_is_asked_for() {
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    drop(chat!("gpt-4-turbo", 1_u64, 1_u64));
    drop(turn);
    {
        let _adopting = adopting();
        let _memory = info_span!("m", gen_ai.operation.name = "search_memory", gen_ai.request.model = "gpt-4-turbo");
        let _half = info_span!("half", gen_ai.operation.name = "chat");
        let _user = info_span!("user", gen_ai.request.model = "gpt-4-turbo");
    }
    // While no other test adopts any.
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    drop(chat!("gpt-4-turbo", 1_u64, 1_u64));
    assert_eq!(calls("gpt-4-turbo", "success"), 0.0);
}

#[test]
fn counts_that_make_no_sense_are_refused() {
    let _adopting = adopting();
    drop(chat!("gpt-4.1-mini", -5_i64, 1_u64));
    drop(chat!("gpt-4.1-mini", u64::MAX, 1_u64));
    drop(chat!("gpt-4.1-mini", "many", 1_u64));
    assert_eq!((calls("gpt-4.1-mini", "success"), tokens("gpt-4.1-mini").0), (3.0, 0.0));
    assert!(value("arc_obs_usage_inconsistent_total", &[("reason", "overflow")]) >= 2.0);
}

#[test]
fn spans_of_opentelemetrys_own_api_are_adopted_where_traces_are_made() {
    use opentelemetry::trace::{Span as _, Status, TraceContextExt, Tracer};
    use opentelemetry::{Context, KeyValue, global};

    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // None of them is kept, and they count all the same.
    let tracing =
        arc_obs_trace_tests::tracing_with(|builder| builder.adopt_genai_spans().sampling(arc_obs::Sampling::never()));
    let tracer = global::tracer("theirs");
    let named = |operation: &'static str, key: &'static str, name: &'static str| {
        tracer
            .span_builder(operation)
            .with_attributes([KeyValue::new("gen_ai.operation.name", operation), KeyValue::new(key, name)])
    };
    let agent = named("invoke_agent", "gen_ai.agent.name", "theirs").start_with_context(&tracer, &Context::new());
    let agent = Context::new().with_span(agent);
    let chat = named("chat", "gen_ai.request.model", "gpt-4").start_with_context(&tracer, &agent);
    let chat = agent.with_span(chat);
    let mut again = named("chat", "gen_ai.request.model", "gpt-4").start_with_context(&tracer, &chat);
    assert!(again.is_recording(), "what is not recorded is not told anything");
    again.set_attribute(KeyValue::new("gen_ai.usage.input_tokens", 1_000));
    again.set_attribute(KeyValue::new("gen_ai.usage.output_tokens", 100));
    again.end();
    chat.span().end();
    let mut failed = named("chat", "gen_ai.request.model", "gpt-4").start_with_context(&tracer, &agent);
    failed.set_status(Status::error("no"));
    drop(failed);
    agent.span().end();
    drop((agent, chat));
    assert_eq!(tracing.end(), []);
    drop(turn);

    assert_eq!((calls("gpt-4", "success"), calls("gpt-4", "error")), (1.0, 1.0));
    // $30 and $60 a million.
    assert_eq!(value("arc_agent_cost_dollars_total", &[("agent_name", "theirs")]), 0.036);
    assert_eq!(value("arc_agent_executions_total", &[("agent_name", "theirs"), ("status", "success")]), 1.0);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}
