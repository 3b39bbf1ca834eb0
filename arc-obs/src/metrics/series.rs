//! The handles that one name's operations record into: an agent's, a model's, a
//! tool's. Resolved once per name, then plain pointers to cells.
//!
//! A status gets its counter when it is first seen, but for `success` and
//! `error`: those exist from the start, since a counter that is born at 150
//! shows no increase.

use std::sync::{LazyLock, OnceLock};

use super::catalog::Catalog;
use super::cells::{Counter, Gauge, Histogram, HistogramSnapshot};
use super::family::Family;
#[cfg(feature = "otlp")]
use super::genai::{GenAi, Told};
use super::labels::Domain;
use super::own::Families;
use super::requests::EndpointSeries;
use crate::labels::LabelSet;
use crate::operation::{Status, Usage};
use crate::scope::Account;
use crate::self_telemetry::{self, SelfTelemetry};

/// The counter by status and the duration of one name's operations.
pub(crate) struct Outcomes {
    name: &'static str,
    labels: LabelSet,
    calls: &'static Family<Counter>,
    by_status: [OnceLock<&'static Counter>; Status::ALL.len()],
    duration: &'static Histogram,
    #[cfg(feature = "otlp")]
    genai: &'static GenAi,
}

impl Outcomes {
    fn new(
        catalog: &'static Catalog,
        name: &'static str,
        labels: LabelSet,
        calls: &'static Family<Counter>,
        duration: &'static Family<Histogram>,
    ) -> Self {
        let outcomes = Self {
            name,
            labels,
            calls,
            by_status: [const { OnceLock::new() }; Status::ALL.len()],
            duration: duration.child_with(labels, [name]),
            #[cfg(feature = "otlp")]
            genai: &catalog.genai,
        };
        #[cfg(not(feature = "otlp"))]
        let _ = catalog;
        outcomes.of(Status::Success);
        outcomes.of(Status::Error);
        outcomes
    }

    #[inline]
    fn of(&self, status: Status) -> &'static Counter {
        self.by_status[status as usize].get_or_init(|| self.calls.child_with(self.labels, [self.name, status.as_str()]))
    }

    #[inline]
    pub(crate) fn record(&self, status: Status, nanos: u64) {
        self.of(status).add(1);
        self.duration.observe(nanos);
    }

    /// Records the same by the names of OpenTelemetry's conventions.
    #[cfg(feature = "otlp")]
    #[cold]
    pub(crate) fn record_genai(&self, told: &Told<'_>) {
        self.genai.record(self.name, self.labels, told);
    }

    /// How many ended with this status.
    pub(crate) fn count(&self, status: Status) -> u64 {
        self.by_status[status as usize].get().map_or(0, |counter| counter.get())
    }

    pub(crate) fn durations(&self) -> HistogramSnapshot {
        self.duration.snapshot()
    }
}

/// What one agent's executions record into.
pub(crate) struct AgentSeries {
    name: &'static str,
    pub(crate) outcomes: Outcomes,
    pub(crate) cost: &'static Counter,
    input: &'static Counter,
    output: &'static Counter,
    pub(crate) active: &'static Gauge,
}

impl AgentSeries {
    fn new(catalog: &'static Catalog, name: &'static str, labels: LabelSet) -> Self {
        Self {
            name,
            outcomes: Outcomes::new(catalog, name, labels, &catalog.agent_executions, &catalog.agent_duration),
            cost: catalog.agent_cost.child_with(labels, [name]),
            input: catalog.agent_tokens.child_with(labels, [name, "prompt"]),
            output: catalog.agent_tokens.child_with(labels, [name, "completion"]),
            active: catalog.active_agents.child([]),
        }
    }
}

impl AgentSeries {
    /// The agent of this name that records here: it may be one of several, or called otherwise on the page.
    pub(crate) fn account_of(&'static self, name: &'static str) -> &'static dyn Account {
        if self.name == name { self } else { Box::leak(Box::new(FoldedAgent { name, series: self })) }
    }
}

/// An agent whose name is no label value of its own; there are as many as there are call sites.
struct FoldedAgent {
    name: &'static str,
    series: &'static AgentSeries,
}

impl Account for FoldedAgent {
    fn name(&self) -> &'static str {
        self.name
    }

    fn charge(&self, nanodollars: u64) {
        self.series.charge(nanodollars);
    }

    fn add_tokens(&self, usage: &Usage) {
        self.series.add_tokens(usage);
    }
}

impl Account for AgentSeries {
    fn name(&self) -> &'static str {
        self.name
    }

    fn charge(&self, nanodollars: u64) {
        add_money(self.cost, nanodollars);
    }

    fn add_tokens(&self, usage: &Usage) {
        self.input.add(usage.input_tokens);
        self.output.add(usage.output_tokens);
    }
}

/// Adds money; what does not fit any more is counted, once per call.
fn add_money(counter: &Counter, nanodollars: u64) {
    if counter.add_saturating(nanodollars) {
        self_telemetry::saturated();
    }
}

/// What one model's calls record into.
pub(crate) struct LlmSeries {
    pub(crate) name: &'static str,
    labels: LabelSet,
    catalog: &'static Catalog,
    pub(crate) outcomes: Outcomes,
    input: &'static Counter,
    output: &'static Counter,
    cache_read: &'static Counter,
    cache_write: &'static Counter,
    reasoning: &'static Counter,
    pub(crate) usage_missing: &'static Counter,
    cost: OnceLock<&'static Counter>,
    chunks: OnceLock<ChunkSeries>,
}

/// When the chunks of one model's streamed calls come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkSeries {
    first: &'static Histogram,
    next: &'static Histogram,
}

impl ChunkSeries {
    /// The first chunk has come, so long after the begin.
    pub(crate) fn first(&self, nanos: u64) {
        self.first.observe(nanos);
    }

    /// Another one has come, so long after the one before.
    pub(crate) fn next(&self, nanos: u64) {
        self.next.observe(nanos);
    }
}

impl LlmSeries {
    fn new(catalog: &'static Catalog, model: &'static str, labels: LabelSet) -> Self {
        let details = &catalog.llm_token_details;
        Self {
            name: model,
            labels,
            catalog,
            outcomes: Outcomes::new(catalog, model, labels, &catalog.llm_calls, &catalog.llm_duration),
            input: catalog.llm_tokens.child_with(labels, [model, "prompt"]),
            output: catalog.llm_tokens.child_with(labels, [model, "completion"]),
            cache_read: details.child_with(labels, [model, "cache_read"]),
            cache_write: details.child_with(labels, [model, "cache_write"]),
            reasoning: details.child_with(labels, [model, "reasoning"]),
            usage_missing: catalog.llm_usage_missing.child_with(labels, [model]),
            cost: OnceLock::new(),
            chunks: OnceLock::new(),
        }
    }

    /// Counts the tokens of one response.
    pub(crate) fn add_tokens(&self, usage: &Usage) {
        for (counter, tokens) in [
            (self.input, usage.input_tokens),
            (self.output, usage.output_tokens),
            (self.cache_read, usage.cache_read_tokens),
            (self.cache_write, usage.cache_write_tokens),
            (self.reasoning, usage.reasoning_tokens),
        ] {
            if tokens > 0 {
                counter.add(tokens);
            }
        }
    }

    /// The model's cost. Made for a model that has a price: without one there is
    /// no series, for a 0 would read as "free".
    pub(crate) fn cost(&self) -> &'static Counter {
        self.cost.get_or_init(|| self.catalog.llm_cost.child_with(self.labels, [self.name]))
    }

    /// The times of the chunks. Made for a model that some function streams: of the others
    /// there is nothing to show.
    pub(crate) fn chunks(&self) -> ChunkSeries {
        *self.chunks.get_or_init(|| ChunkSeries {
            first: self.catalog.llm_first_token.child([self.name]),
            next: self.catalog.llm_chunk.child([self.name]),
        })
    }

    /// Counts what one call cost.
    pub(crate) fn add_cost(&self, nanodollars: u64) {
        add_money(self.cost(), nanodollars);
    }

    /// The calls that could not be priced for this reason.
    pub(crate) fn unpriced(&self, reason: &'static str) -> &'static Counter {
        self.catalog.llm_unpriced.child_with(self.labels, [self.name, reason])
    }

    /// Input and output tokens so far.
    pub(crate) fn tokens(&self) -> (u64, u64) {
        (self.input.get(), self.output.get())
    }

    /// Nano-dollars so far, if the model has a price.
    pub(crate) fn cost_so_far(&self) -> Option<u64> {
        self.cost.get().map(|cost| cost.get())
    }
}

/// What one name's operations cost, where their attributes say it. Made for those: a
/// tool that costs nothing has no series.
pub(crate) struct Spent {
    name: &'static str,
    labels: LabelSet,
    family: &'static Family<Counter>,
    cost: OnceLock<&'static Counter>,
}

impl Spent {
    fn new(name: &'static str, labels: LabelSet, family: &'static Family<Counter>) -> Self {
        Self { name, labels, family, cost: OnceLock::new() }
    }

    fn cost(&self) -> &'static Counter {
        self.cost.get_or_init(|| self.family.child_with(self.labels, [self.name]))
    }

    /// The series is there at zero from the start, where an attribute says a cost.
    pub(crate) fn at_zero_if(&self, costs: bool) {
        if costs {
            self.cost();
        }
    }

    pub(crate) fn add(&self, nanodollars: u64) {
        add_money(self.cost(), nanodollars);
    }

    /// Nano-dollars so far, if anybody says what they are.
    pub(crate) fn so_far(&self) -> Option<u64> {
        self.cost.get().map(|cost| cost.get())
    }
}

/// What one tool's calls record into.
pub(crate) struct ToolSeries {
    pub(crate) outcomes: Outcomes,
    pub(crate) spent: Spent,
}

/// What one workflow's executions record into.
pub(crate) struct WorkflowSeries {
    pub(crate) outcomes: Outcomes,
    pub(crate) spent: Spent,
}

/// What one traced operation's calls record into.
pub(crate) struct OperationSeries {
    pub(crate) outcomes: Outcomes,
    pub(crate) spent: Spent,
}

/// What one cache's look-ups record into.
pub(crate) struct CacheSeries {
    name: &'static str,
    catalog: &'static Catalog,
    hits: &'static Counter,
    misses: &'static Counter,
    size: OnceLock<&'static Gauge>,
}

impl CacheSeries {
    fn new(catalog: &'static Catalog, name: &'static str, labels: LabelSet) -> Self {
        Self {
            name,
            catalog,
            hits: catalog.cache_hits.child_with(labels, [name]),
            misses: catalog.cache_misses.child_with(labels, [name]),
            size: OnceLock::new(),
        }
    }

    pub(crate) fn record(&self, hit: bool, size_bytes: Option<u64>) {
        if hit {
            self.hits.add(1)
        } else {
            self.misses.add(1)
        }
        if let Some(bytes) = size_bytes {
            let size = self.size.get_or_init(|| self.catalog.cache_size.child([self.name]));
            size.set(i64::try_from(bytes).unwrap_or(i64::MAX));
        }
    }
}

/// One set of metrics: the process's own, or a capture's. It lives as long as the
/// process, so that an annotated function can keep plain references into it.
pub(crate) struct Metrics {
    pub(crate) catalog: &'static Catalog,
    pub(crate) health: &'static SelfTelemetry,
    /// Since when is counted.
    #[cfg(feature = "otlp")]
    pub(crate) since: std::time::SystemTime,
    /// Those that the program declares.
    pub(crate) own: Families,
    /// By `agent_name`.
    pub(crate) agents: Domain<AgentSeries>,
    /// By `model`: the model that was asked for.
    pub(crate) llm_models: Domain<LlmSeries>,
    /// By `tool`.
    pub(crate) tools: Domain<ToolSeries>,
    /// By `workflow`.
    pub(crate) workflows: Domain<WorkflowSeries>,
    /// By `operation`.
    pub(crate) operations: Domain<OperationSeries>,
    /// By `cache_type`.
    pub(crate) caches: Domain<CacheSeries>,
    /// By `endpoint`.
    pub(crate) endpoints: Domain<EndpointSeries>,
    /// Versions and environments of `arc_app_info`.
    pub(super) app_info: Domain<&'static str>,
}

/// The metrics of the process.
#[inline]
pub(crate) fn process() -> &'static Metrics {
    static PROCESS: LazyLock<&'static Metrics> = LazyLock::new(Metrics::leaked);
    &PROCESS
}

impl Metrics {
    /// New ones, everything at zero.
    pub(crate) fn leaked() -> &'static Self {
        let catalog: &'static Catalog = Box::leak(Box::new(Catalog::new()));
        let health: &'static SelfTelemetry = Box::leak(Box::new(SelfTelemetry::new()));
        Box::leak(Box::new(Self {
            catalog,
            health,
            #[cfg(feature = "otlp")]
            since: std::time::SystemTime::now(),
            own: Families::new(),
            agents: Domain::new(catalog, health, AgentSeries::new),
            llm_models: Domain::new(catalog, health, LlmSeries::new),
            tools: Domain::new(catalog, health, |catalog, name, labels| {
                let outcomes = Outcomes::new(catalog, name, labels, &catalog.tool_calls, &catalog.tool_duration);
                ToolSeries { outcomes, spent: Spent::new(name, labels, &catalog.tool_cost) }
            }),
            workflows: Domain::new(catalog, health, |catalog, name, labels| {
                let outcomes =
                    Outcomes::new(catalog, name, labels, &catalog.workflow_executions, &catalog.workflow_duration);
                WorkflowSeries { outcomes, spent: Spent::new(name, labels, &catalog.workflow_cost) }
            }),
            operations: Domain::new(catalog, health, |catalog, name, labels| {
                let outcomes = Outcomes::new(catalog, name, labels, &catalog.operations, &catalog.operation_duration);
                OperationSeries { outcomes, spent: Spent::new(name, labels, &catalog.operation_cost) }
            }),
            caches: Domain::new(catalog, health, CacheSeries::new),
            endpoints: Domain::new(catalog, health, EndpointSeries::new),
            app_info: Domain::new(catalog, health, |_, value, _| value),
        }))
    }

    /// A request that was served, and that nothing annotates.
    pub(crate) fn record_request(&self, method: &str, endpoint: &str, status: u16, nanos: u64) {
        self.endpoints.run_time(endpoint).of(method).record(status, nanos);
    }
}
