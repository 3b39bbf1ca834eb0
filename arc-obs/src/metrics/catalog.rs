//! The metric catalogue: every family of arc-obs, one row each.
//!
//! The guide's names, labels and buckets are kept to the letter, so that its
//! dashboards and rules work as they stand. To add a metric, add a row here and
//! resolve its cell in `series`.

use prometheus::core::Collector;

use super::cells::{Counter, Gauge, Histogram};
use super::family::{Family, FamilyCollector, Spec};
use super::labels::RUN_TIME_VALUES;
use crate::operation::{OperationKind, Status};

const MS: u64 = 1_000_000;
const S: u64 = 1_000 * MS;

/// The guide's, and 30 and 60 s: `histogram_quantile` never returns more than the
/// last finite bound, so its rule `> 10` could not fire with 10 as the last.
const REQUEST_BUCKETS: &[u64] =
    &[5 * MS, 10 * MS, 25 * MS, 50 * MS, 100 * MS, 250 * MS, 500 * MS, S, 2_500 * MS, 5 * S, 10 * S, 30 * S, 60 * S];
const LLM_BUCKETS: &[u64] = &[100 * MS, 500 * MS, S, 2 * S, 5 * S, 10 * S, 30 * S, 60 * S];
const AGENT_BUCKETS: &[u64] = &[100 * MS, 500 * MS, S, 2 * S, 5 * S, 10 * S, 30 * S, 60 * S, 120 * S, 300 * S, 600 * S];
const FIRST_TOKEN_BUCKETS: &[u64] = &[50 * MS, 100 * MS, 250 * MS, 500 * MS, S, 2 * S, 5 * S, 10 * S, 30 * S];

/// A stored count is a count on the page.
const ONE: f64 = 1.0;
/// Stored nanoseconds are seconds on the page, stored nano-dollars dollars. A
/// divisor, since 1e-9 is no exact float and 0.075 would read 0.07500000000000001.
const NANO: f64 = 1e9;

macro_rules! catalog {
    ($($field:ident: $cell:ident = $name:literal, $help:literal, [$($label:literal),*], $buckets:expr, $per_one:expr;)*) => {
        /// All families, by the name of the row.
        pub(crate) struct Catalog {
            $(pub(crate) $field: Family<$cell>,)*
        }

        impl Catalog {
            pub(super) fn new() -> Self {
                Self {
                    $($field: {
                        static SPEC: Spec = Spec {
                            name: $name, help: $help, labels: &[$($label),*], buckets: $buckets, per_one: $per_one,
                        };
                        Family::new(&SPEC)
                    },)*
                }
            }

            /// Calls `each` with every family's name and how to make its collector.
            pub(crate) fn for_each_family(
                &'static self,
                mut each: impl FnMut(&'static str, &dyn Fn() -> Box<dyn Collector>),
            ) {
                $(each(self.$field.spec().name, &|| Box::new(FamilyCollector(&self.$field)));)*
            }
        }
    };
}

catalog! {
    requests: Counter = "arc_requests_total", "Total requests", ["method", "endpoint", "status"], &[], ONE;
    request_duration: Histogram = "arc_request_duration_seconds", "Request duration", ["method", "endpoint"], REQUEST_BUCKETS, NANO;
    active_requests: Gauge = "arc_active_requests", "Number of requests being served", [], &[], ONE;

    llm_calls: Counter = "arc_llm_calls_total", "Total LLM calls", ["model", "status"], &[], ONE;
    llm_duration: Histogram = "arc_llm_duration_seconds", "LLM call duration", ["model"], LLM_BUCKETS, NANO;
    llm_first_token: Histogram = "arc_llm_time_to_first_token_seconds", "Time from the start of a streamed LLM call to its first token", ["model"], FIRST_TOKEN_BUCKETS, NANO;
    llm_tokens: Counter = "arc_llm_tokens_total", "Total LLM tokens", ["model", "type"], &[], ONE;
    llm_token_details: Counter = "arc_llm_token_details_total", "LLM tokens that were read from or written to a cache, or spent on reasoning: parts of arc_llm_tokens_total, never to be added to it", ["model", "type"], &[], ONE;
    llm_cost: Counter = "arc_llm_cost_dollars", "Total LLM cost in dollars", ["model"], &[], NANO;
    llm_unpriced: Counter = "arc_llm_unpriced_calls_total", "LLM calls whose tokens are known and whose price is not", ["model", "reason"], &[], ONE;
    llm_usage_missing: Counter = "arc_llm_usage_missing_total", "Successful LLM calls whose response reported no token usage", ["model"], &[], ONE;

    agent_executions: Counter = "arc_agent_executions_total", "Total agent executions", ["agent_name", "status"], &[], ONE;
    agent_duration: Histogram = "arc_agent_duration_seconds", "Agent execution duration", ["agent_name"], AGENT_BUCKETS, NANO;
    agent_cost: Counter = "arc_agent_cost_dollars_total", "Cost in dollars of an agent, and of the LLM calls, tools, workflows and operations inside it", ["agent_name"], &[], NANO;
    active_agents: Gauge = "arc_active_agents", "Number of active agents", [], &[], ONE;

    tool_calls: Counter = "arc_tool_calls_total", "Total tool calls", ["tool", "status"], &[], ONE;
    tool_duration: Histogram = "arc_tool_duration_seconds", "Tool call duration", ["tool"], REQUEST_BUCKETS, NANO;
    tool_cost: Counter = "arc_tool_cost_dollars_total", "Cost in dollars of the tools whose attribute says what they cost", ["tool"], &[], NANO;
    workflow_executions: Counter = "arc_workflow_executions_total", "Total workflow executions", ["workflow", "status"], &[], ONE;
    workflow_duration: Histogram = "arc_workflow_duration_seconds", "Workflow execution duration", ["workflow"], AGENT_BUCKETS, NANO;
    workflow_cost: Counter = "arc_workflow_cost_dollars_total", "Cost in dollars of the workflows whose attribute says what they cost", ["workflow"], &[], NANO;
    operations: Counter = "arc_operations_total", "Total traced operations", ["operation", "status"], &[], ONE;
    operation_duration: Histogram = "arc_operation_duration_seconds", "Traced operation duration", ["operation"], REQUEST_BUCKETS, NANO;
    operation_cost: Counter = "arc_operation_cost_dollars_total", "Cost in dollars of the traced operations whose attribute says what they cost", ["operation"], &[], NANO;

    cache_hits: Counter = "arc_cache_hits_total", "Cache hits", ["cache_type"], &[], ONE;
    cache_misses: Counter = "arc_cache_misses_total", "Cache misses", ["cache_type"], &[], ONE;
    cache_size: Gauge = "arc_cache_size_bytes", "Cache size in bytes", ["cache_type"], &[], ONE;

    app_info: Gauge = "arc_app_info", "Application information", ["version", "environment"], &[], ONE;
}

/// The samples of one histogram: its buckets, the one above them, the sum and the count.
const fn of_histogram(buckets: &[u64]) -> usize {
    buckets.len() + 3
}

/// How many samples one function can make at most, of the rows that have its name as a
/// label. To be changed with the rows, which a test holds it against.
pub(crate) const fn most_samples(kind: OperationKind, costs: bool, named_at_run_time: bool) -> usize {
    const STATUSES: usize = Status::ALL.len();
    let cost = costs as usize;
    let of_one = match kind {
        OperationKind::Agent => STATUSES + of_histogram(AGENT_BUCKETS) + 1,
        // Two types of tokens and three details of them; the cost, three reasons why there is
        // none, and calls without usage.
        OperationKind::Llm => {
            STATUSES + of_histogram(LLM_BUCKETS) + of_histogram(FIRST_TOKEN_BUCKETS) + 2 + 3 + 1 + 3 + 1
        }
        OperationKind::Tool | OperationKind::Operation => STATUSES + of_histogram(REQUEST_BUCKETS) + cost,
        OperationKind::Workflow => STATUSES + of_histogram(AGENT_BUCKETS) + cost,
        // Hits, misses and the size.
        OperationKind::Cache => 3,
        // The statuses of HTTP from 100 to 599, and `other`.
        OperationKind::Request => 500 + 1 + of_histogram(REQUEST_BUCKETS),
    };
    // As many names, and `other`.
    if named_at_run_time { of_one * (RUN_TIME_VALUES + 1) } else { of_one }
}

/// Name and help text of a family that is read at the scrape and not counted in a
/// cell: see `process`.
pub(super) type Named = (&'static str, &'static str);

pub(super) const MEMORY: Named = ("arc_memory_usage_bytes", "Memory usage in bytes: the resident set");
pub(super) const SERVER_UP: Named = ("arc_obs_server_up", "Whether the metrics server listens");
pub(super) const SCRAPE_ERRORS: Named = ("arc_obs_scrape_errors_total", "Scrapes that could not be written out");
pub(super) const DROPPED: Named =
    ("arc_obs_dropped_total", "What was recorded and could not be handed on, by signal (terminal: lines) and reason");
pub(super) const SERVER_REFUSALS: Named =
    ("arc_obs_server_refused_total", "Clients of the metrics server that were refused or cut off");
pub(super) const LABEL_OVERFLOWS: Named =
    ("arc_obs_label_overflow_total", "Run-time label values that were folded into `other` (cap) or cut (too_long)");
pub(super) const USAGE_UNATTRIBUTED: Named = (
    "arc_obs_usage_unattributed_total",
    "Calls of record_usage where no LLM call with `usage = recorded` was being made",
);
pub(super) const PRICE_RELOAD_FAILURES: Named = (
    "arc_obs_price_reload_failures_total",
    "Times that prices of your own could not be read again, and the old ones stayed in force",
);
pub(super) const SATURATED: Named = (
    "arc_obs_saturated_total",
    "Times that a cost was added to a sum which is the largest that can be counted: 18 billion dollars",
);
pub(super) const USAGE_FLAWS: Named =
    ("arc_obs_usage_inconsistent_total", "Responses whose token counts were negative, impossible or contradictory");

pub(super) const COSTS_REFUSED: Named =
    ("arc_obs_cost_refused_total", "Values of `cost = …` that were no amount of money, or whose code panicked");
pub(super) const HIT_PANICS: Named = (
    "arc_obs_cache_hit_panics_total",
    "Look-ups that were counted neither as a hit nor as a miss, since the code of `hit = …` panicked",
);
pub(super) const NAME_PANICS: Named = (
    "arc_obs_name_panics_total",
    "Operations that were recorded as `unknown`, since the code of `name = …` or `model = …` panicked",
);
pub(super) const STATUS_PANICS: Named = (
    "arc_obs_status_panics_total",
    "Operations whose status was told otherwise, since the code of yours that says it panicked",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_makes_a_valid_family() {
        let mut names = Vec::new();
        // Making a family with an invalid name or label panics.
        super::super::process_metrics().catalog.for_each_family(|name, make| {
            assert!(name.starts_with("arc_"), "{name}");
            assert_eq!(make().desc().len(), 1, "{name}: one family, one description");
            names.push(name);
        });
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "two rows share a name");
    }

    #[test]
    fn the_most_samples_are_what_the_rows_make() {
        use crate::metrics::{Metrics, Outcomes, registry_of};
        use crate::operation::Usage;

        let metrics = Metrics::leaked();
        let all = |outcomes: &Outcomes| Status::ALL.into_iter().for_each(|status| outcomes.record(status, 1));
        let (agent, tool) = (metrics.agents.literal("one_agent"), metrics.tools.literal("one_tool"));
        all(&agent.outcomes);
        all(&tool.outcomes);
        tool.spent.add(1);
        let workflow = metrics.workflows.literal("one_workflow");
        all(&workflow.outcomes);
        let operation = metrics.operations.literal("one_operation");
        all(&operation.outcomes);
        operation.spent.add(1);
        let cache = metrics.caches.literal("one_cache");
        cache.record(true, Some(1));
        let llm = metrics.llm_models.literal("one_llm");
        all(&llm.outcomes);
        llm.add_tokens(&Usage::new(2, 2).cache_read(1).cache_write(1).reasoning(1));
        llm.add_cost(1);
        metrics.catalog.llm_first_token.child(["one_llm"]);
        for reason in ["unknown_model", "unknown_provider", "no_token_price"] {
            llm.unpriced(reason).add(1);
        }
        let request = metrics.endpoints.literal("/one_request").of("GET");
        (99..600).for_each(|status| request.record(status, 1));

        let text = prometheus::TextEncoder::new().encode_to_string(&registry_of(metrics).gather()).unwrap();
        for (kind, costs) in [
            (OperationKind::Agent, false),
            (OperationKind::Llm, false),
            (OperationKind::Tool, true),
            (OperationKind::Workflow, false),
            (OperationKind::Cache, false),
            (OperationKind::Request, false),
            (OperationKind::Operation, true),
        ] {
            let name = format!("one_{}\"", kind.as_str());
            let samples = text.lines().filter(|line| line.contains(&name)).count();
            assert_eq!(samples, most_samples(kind, costs, false), "{kind:?}");
        }
        assert_eq!(most_samples(OperationKind::Cache, false, true), 3 * 201);
    }

    #[test]
    fn bounds_ascend() {
        for buckets in [REQUEST_BUCKETS, LLM_BUCKETS, AGENT_BUCKETS, FIRST_TOKEN_BUCKETS] {
            assert!(buckets.is_sorted() && !buckets.is_empty());
        }
    }
}
