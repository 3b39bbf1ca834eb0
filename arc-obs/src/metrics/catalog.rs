//! The metric catalogue: every family of arc-obs, one row each.
//!
//! The guide's names, labels and buckets are kept to the letter, so that its
//! dashboards and rules work as they stand. To add a metric, add a row here and
//! resolve its cell in `series`.

use prometheus::core::Collector;

use super::cells::{Counter, Gauge, Histogram};
use super::family::{Family, FamilyCollector, Spec};
#[cfg(feature = "otlp")]
use super::genai::{GenAi, Row};
use crate::labels;
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
/// Chunks that arrive in one packet are microseconds apart; a stream that stalls, seconds.
const CHUNK_BUCKETS: &[u64] =
    &[MS, 5 * MS, 10 * MS, 25 * MS, 50 * MS, 75 * MS, 100 * MS, 250 * MS, 500 * MS, S, 2_500 * MS, 10 * S];

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
            /// What OpenTelemetry's conventions call the same, where it is exported.
            #[cfg(feature = "otlp")]
            pub(crate) genai: GenAi,
        }

        /// Each row, its labels and how many samples its buckets make.
        const ROWS: &[(&str, &[&str], usize)] = &[$((stringify!($field), &[$($label),*], samples($buckets))),*];

        impl Catalog {
            pub(super) fn new() -> Self {
                Self {
                    $($field: {
                        static SPEC: Spec = Spec {
                            name: $name, help: $help, labels: &[$($label),*], buckets: $buckets, bounds: &[], per_one: $per_one,
                        };
                        Family::new(&SPEC)
                    },)*
                    #[cfg(feature = "otlp")]
                    genai: GenAi::new(),
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
    llm_first_token: Histogram = "arc_llm_time_to_first_token_seconds", "Time from the start of a streamed LLM call to its first chunk", ["model"], FIRST_TOKEN_BUCKETS, NANO;
    llm_chunk: Histogram = "arc_llm_time_per_output_chunk_seconds", "Time from one chunk of a streamed LLM call to the next", ["model"], CHUNK_BUCKETS, NANO;
    llm_tokens: Counter = "arc_llm_tokens_total", "Total LLM tokens", ["model", "type"], &[], ONE;
    llm_token_details: Counter = "arc_llm_token_details_total", "LLM tokens that were read from or written to a cache, or spent on reasoning: parts of arc_llm_tokens_total, never to be added to it", ["model", "type"], &[], ONE;
    llm_cost: Counter = "arc_llm_cost_dollars", "Total LLM cost in dollars", ["model"], &[], NANO;
    llm_unpriced: Counter = "arc_llm_unpriced_calls_total", "LLM calls whose tokens are known and whose price is not", ["model", "reason"], &[], ONE;
    llm_usage_missing: Counter = "arc_llm_usage_missing_total", "Successful LLM calls whose response reported no token usage", ["model"], &[], ONE;

    agent_executions: Counter = "arc_agent_executions_total", "Total agent executions", ["agent_name", "status"], &[], ONE;
    agent_duration: Histogram = "arc_agent_duration_seconds", "Agent execution duration", ["agent_name"], AGENT_BUCKETS, NANO;
    agent_cost: Counter = "arc_agent_cost_dollars_total", "Cost in dollars of an agent, and of the LLM calls, tools, workflows and operations inside it", ["agent_name"], &[], NANO;
    agent_tokens: Counter = "arc_agent_tokens_total", "LLM tokens of the calls that an agent makes: those of arc_llm_tokens_total, by the innermost agent", ["agent_name", "type"], &[], ONE;
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

/// The metrics of OpenTelemetry's GenAI conventions (as SDKs emit them in November 2026: `client.*` by semantic
/// conventions v1.42.0, the others by `semantic-conventions-genai` #341), which only OTLP has.
#[cfg(feature = "otlp")]
pub(super) mod genai {
    use super::{MS, Row, S};

    /// Doubling from 10 ms on.
    const DURATION_BUCKETS: &[u64] = &[
        10 * MS,
        20 * MS,
        40 * MS,
        80 * MS,
        160 * MS,
        320 * MS,
        640 * MS,
        1_280 * MS,
        2_560 * MS,
        5_120 * MS,
        10_240 * MS,
        20_480 * MS,
        40_960 * MS,
        81_920 * MS,
    ];
    const AGENT_BUCKETS: &[u64] = &[
        100 * MS,
        200 * MS,
        400 * MS,
        800 * MS,
        1_600 * MS,
        3_200 * MS,
        6_400 * MS,
        12_800 * MS,
        25_600 * MS,
        51_200 * MS,
        102_400 * MS,
        204_800 * MS,
        409_600 * MS,
    ];
    const WORKFLOW_BUCKETS: &[u64] =
        &[S, 5 * S, 10 * S, 30 * S, 60 * S, 120 * S, 300 * S, 600 * S, 1_800 * S, 3_600 * S, 7_200 * S];
    const TOKEN_BUCKETS: &[u64] =
        &[1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

    const fn duration(name: &'static str, help: &'static str, buckets: &'static [u64]) -> Row {
        Row { name, help, unit: "s", buckets, per_one: super::NANO }
    }

    pub(in crate::metrics) const CLIENT_DURATION: Row =
        duration("gen_ai.client.operation.duration", "Duration of a GenAI client operation", DURATION_BUCKETS);
    pub(in crate::metrics) const FIRST_CHUNK: Row = duration(
        "gen_ai.client.operation.time_to_first_chunk",
        "Time from the start of a streamed GenAI client operation to its first chunk",
        DURATION_BUCKETS,
    );
    pub(in crate::metrics) const TOKEN_USAGE: Row = Row {
        name: "gen_ai.client.token.usage",
        help: "Tokens that a GenAI client operation used",
        unit: "{token}",
        buckets: TOKEN_BUCKETS,
        per_one: super::ONE,
    };
    pub(in crate::metrics) const AGENT_DURATION: Row =
        duration("gen_ai.invoke_agent.duration", "Duration of an agent's execution", AGENT_BUCKETS);
    pub(in crate::metrics) const TOOL_DURATION: Row =
        duration("gen_ai.execute_tool.duration", "Duration of a tool's execution", DURATION_BUCKETS);
    pub(in crate::metrics) const WORKFLOW_DURATION: Row =
        duration("gen_ai.invoke_workflow.duration", "Duration of a workflow's execution", WORKFLOW_BUCKETS);
}

/// The label that names an operation of this kind. The families whose first label it is
/// are those of the kind.
const fn name_label(kind: OperationKind) -> &'static str {
    match kind {
        OperationKind::Agent => "agent_name",
        OperationKind::Llm => "model",
        OperationKind::Tool => "tool",
        OperationKind::Workflow => "workflow",
        OperationKind::Cache => "cache_type",
        OperationKind::Request => "method",
        OperationKind::Operation => "operation",
    }
}

const KINDS: [OperationKind; 7] = [
    OperationKind::Agent,
    OperationKind::Llm,
    OperationKind::Tool,
    OperationKind::Workflow,
    OperationKind::Cache,
    OperationKind::Request,
    OperationKind::Operation,
];

/// The names of the user's own labels in a family with these labels, in order.
pub(super) fn own_labels(labels: &[&str]) -> Vec<&'static str> {
    let kind = KINDS.into_iter().find(|kind| labels.first() == Some(&name_label(*kind)));
    kind.map(labels::declared_keys).unwrap_or_default()
}

/// How many samples one set of the user's labels makes at most, on a function of this kind.
pub(crate) const fn samples_per_label_set(kind: OperationKind) -> usize {
    SAMPLES[kind as usize]
}

/// By kind: computed once, and not for every function that has labels.
const SAMPLES: [usize; KINDS.len()] = {
    let mut samples = [0; KINDS.len()];
    let mut place = 0;
    while place < KINDS.len() {
        samples[KINDS[place] as usize] = count_samples(KINDS[place]);
        place += 1;
    }
    samples
};

const fn count_samples(kind: OperationKind) -> usize {
    let (mut all, mut row) = (0, 0);
    while row < ROWS.len() {
        let (name, labels, samples) = ROWS[row];
        // The size of a cache is recorded by hand only.
        if !labels.is_empty() && is_same(labels[0], name_label(kind)) && !is_same(name, "cache_size") {
            let (mut series, mut label) = (1, 1);
            while label < labels.len() {
                series *= values(name, labels[label]);
                label += 1;
            }
            all += series * samples;
        }
        row += 1;
    }
    all
}

/// How many samples one series has: a histogram one per bucket, the last of which is
/// without bound, the sum and the count.
const fn samples(buckets: &[u64]) -> usize {
    if buckets.is_empty() { 1 } else { buckets.len() + 3 }
}

/// How many values a label has that is not an operation's name.
const fn values(row: &str, label: &str) -> usize {
    match label.as_bytes() {
        // Of HTTP's those that are assigned (IANA), and `other`.
        b"status" if is_same(row, "requests") => 63 + 1,
        b"status" => Status::ALL.len(),
        // A function serves one.
        b"endpoint" => 1,
        // prompt and completion; or cache_read, cache_write and reasoning
        b"type" if is_same(row, "llm_tokens") || is_same(row, "agent_tokens") => 2,
        // those; or the reasons why a call has no price
        b"type" | b"reason" => 3,
        _ => panic!("how many values this label has is not said here"),
    }
}

const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// Name and help text of a family that is read at the scrape and not counted in a
/// cell: see `process`.
pub(super) type Named = (&'static str, &'static str);

pub(super) const MEMORY: Named = ("arc_memory_usage_bytes", "Memory usage in bytes: the resident set");
pub(super) const SERVER_UP: Named = ("arc_obs_server_up", "Whether the metrics server listens");
pub(super) const SCRAPE_ERRORS: Named = ("arc_obs_scrape_errors_total", "Scrapes that could not be written out");
pub(super) const DROPPED: Named =
    ("arc_obs_dropped_total", "What was recorded and could not be handed on, by signal (terminal: lines) and reason");
#[cfg(feature = "traces")]
pub(super) const EXPORT_ACCEPTED: Named = (
    "arc_obs_export_accepted_total",
    "What was to leave the process, by signal (traces: spans, metrics: data points) and exporter (queue: all of them, before any exporter); all of it is delivered or dropped in the end",
);
#[cfg(feature = "traces")]
pub(super) const EXPORT_DELIVERED: Named = (
    "arc_obs_export_delivered_total",
    "What has left the process, by signal and exporter (queue: what was given to the exporters)",
);
#[cfg(feature = "traces")]
pub(super) const EXPORT_DROPPED: Named =
    ("arc_obs_export_dropped_total", "What was to leave the process and was lost, by signal, exporter and reason");
#[cfg(feature = "traces")]
pub(super) const HEADERS_REFUSED: Named =
    ("arc_obs_headers_refused_total", "Headers of requests that were not taken over, or a part of them, by their name");
pub(super) const SERVER_REFUSALS: Named =
    ("arc_obs_server_refused_total", "Clients of the metrics server that were refused or cut off");
pub(super) const LABEL_OVERFLOWS: Named =
    ("arc_obs_label_overflow_total", "Run-time label values that were folded into `other` (cap) or cut (too_long)");
pub(super) const USAGE_UNATTRIBUTED: Named = (
    "arc_obs_usage_unattributed_total",
    "Calls of record_usage where no LLM call with `usage = recorded` was being made",
);
pub(super) const STREAMS_UNATTRIBUTED: Named = (
    "arc_obs_streams_unattributed_total",
    "Calls of observe_stream where no LLM call with `stream = observed` was being made, or another stream had it",
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
pub(super) const FIELD_LOSSES: Named = (
    "arc_obs_field_losses_total",
    "Values of span fields that were cut (too_long) or lost: the code that says them panicked (panicked), or \
     set_field did not find its operation (no_operation)",
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
    fn labels_of_the_catalogue_are_reserved() {
        use std::collections::BTreeSet;
        let macros = include_str!("../../../arc-obs-macros/src/label_names.rs");
        let list = macros.split("OF_ARC_OBS: &[&str] = &[").nth(1).and_then(|rest| rest.split("];").next()).unwrap();
        let reserved: BTreeSet<String> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();

        let metrics = super::super::process_metrics();
        let mut used = BTreeSet::new();
        let mut add = |collector: &dyn Collector| {
            used.extend(collector.desc().iter().flat_map(|desc| desc.variable_labels.clone()));
        };
        metrics.catalog.for_each_family(|_, make| add(&*make()));
        add(&super::super::process::ProcessCollector::new(metrics.health));
        // A label declared without traces must do with them, too.
        used.extend(["exporter", "header"].map(str::to_owned));
        assert_eq!(reserved, used, "arc-obs-macros/src/label_names.rs");
    }

    #[test]
    fn samples_are_counted_by_the_rows() {
        let status = Status::ALL.len();
        assert_eq!(samples_per_label_set(OperationKind::Agent), status + (AGENT_BUCKETS.len() + 3) + 1 + 2);
        assert_eq!(samples_per_label_set(OperationKind::Cache), 2);
        for (row, labels, _) in ROWS {
            let named = KINDS.into_iter().any(|kind| labels.first() == Some(&name_label(kind)));
            let others = ["active_requests", "active_agents", "app_info"];
            assert!(named || others.contains(row), "{row} is of no kind");
        }
    }

    #[test]
    fn bounds_ascend() {
        for buckets in [REQUEST_BUCKETS, LLM_BUCKETS, AGENT_BUCKETS, FIRST_TOKEN_BUCKETS, CHUNK_BUCKETS] {
            assert!(buckets.is_sorted() && !buckets.is_empty());
        }
    }
}
