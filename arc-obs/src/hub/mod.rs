//! The one place where a finished operation fans out.
//!
//! In this order: it is priced, recorded into the metrics, and written onto its
//! span. Alerts, exporters and pages read snapshots later; the hub knows none of
//! them (invariant 2). Those who watch operations one by one are in `watch`.

mod llm;
mod watch;

use std::time::SystemTime;

use crate::metrics::{
    AgentSeries, CacheSeries, ChunkSeries, Metrics, OperationSeries, Outcomes, Spent, ToolSeries, WorkflowSeries,
};
use crate::operation::{OperationKind, OperationRecord, SiteKind, Streamed, Usd};
use crate::scope::{self, Account, Inside, Scope};
use crate::trace::OpenSpan;

use llm::{LlmHandles, Stated};
pub(crate) use watch::{Captured, InPlace, OpenCapture, Watched, is_anybody_watching, listen, manual_clock, metrics};

/// Where the operations of one annotated function go: resolved at its first
/// call, or by `init`, then plain pointers.
pub(crate) enum Handles {
    Agent(&'static AgentSeries),
    Llm(LlmHandles<'static>),
    Tool(&'static ToolSeries),
    Workflow(&'static WorkflowSeries),
    Cache(&'static CacheSeries),
    Operation(&'static OperationSeries),
}

/// What an operation turned out to cost.
#[derive(Clone, Copy, Default)]
pub(crate) struct Accounted {
    pub(crate) cost: Option<Usd>,
    /// Why tokens of an LLM call are known and have no cost.
    pub(crate) unpriced: Option<&'static str>,
    /// Whether a successful LLM call has reported no usage.
    pub(crate) usage_missing: bool,
}

impl Accounted {
    const fn of(cost: Option<Usd>) -> Self {
        Self { cost, unpriced: None, usage_missing: false }
    }
}

impl Handles {
    /// The handles of a function whose names stand in the source. Makes its series
    /// at zero where they did not exist; that of its cost, if the attribute says one.
    pub(crate) fn of(kind: &SiteKind, metrics: &'static Metrics) -> Self {
        match *kind {
            SiteKind::Agent { name, .. } => Self::Agent(metrics.agents.literal(name)),
            SiteKind::Llm { model, provider, price, tier, costs, streamed, .. } => {
                Self::Llm(LlmHandles::literal(metrics, provider, model, Stated { price, tier, costs, streamed }))
            }
            SiteKind::Tool { name, costs } => {
                let series = metrics.tools.literal(name);
                series.spent.at_zero_if(costs);
                Self::Tool(series)
            }
            SiteKind::Workflow { name, costs } => {
                let series = metrics.workflows.literal(name);
                series.spent.at_zero_if(costs);
                Self::Workflow(series)
            }
            SiteKind::Cache { name } => Self::Cache(metrics.caches.literal(name)),
            SiteKind::Operation { name, costs } => {
                let series = metrics.operations.literal(name);
                series.spent.at_zero_if(costs);
                Self::Operation(series)
            }
        }
    }

    #[inline]
    pub(crate) const fn is_llm(&self) -> bool {
        matches!(self, Self::Llm(_))
    }

    /// Where the times of a streamed LLM call's chunks go.
    pub(crate) fn chunks(&self) -> Option<ChunkSeries> {
        if let Self::Llm(handles) = self { Some(handles.chunks()) } else { None }
    }

    /// Whether it asks for a model whose end the provider has announced.
    pub(crate) fn is_deprecated_model(&self) -> bool {
        matches!(self, Self::Llm(handles) if handles.is_deprecated())
    }

    /// An operation begins: hands back the agent that it is, if it is one.
    #[inline]
    pub(crate) fn started(&self) -> Option<&'static dyn Account> {
        let Self::Agent(series) = self else { return None };
        series.active.add(1);
        Some(*series)
    }

    /// An operation has ended that nobody watches. `scope` is what was current while
    /// it ran.
    #[inline(always)]
    pub(crate) fn finished(&self, record: &OperationRecord<'_>, scope: Scope) {
        self.record(record, scope, None);
    }

    /// An operation has ended that has a span, or is watched.
    pub(crate) fn finished_in_view(
        &self,
        record: &OperationRecord<'_>,
        scope: Scope,
        span: &OpenSpan,
        watched: Option<&Watched>,
        streamed: Option<Streamed>,
    ) -> Accounted {
        let handles = watched.and_then(Watched::handles).unwrap_or(self);
        let accounted = handles.record(record, scope, watched.and_then(Watched::date));
        span.close(record, streamed);
        if let Some(watched) = watched {
            watched.finished(record, &accounted, streamed);
        }
        accounted
    }

    #[inline(always)]
    fn record(&self, record: &OperationRecord<'_>, scope: Scope, date: Option<SystemTime>) -> Accounted {
        match self {
            Self::Agent(series) => {
                series.active.add(-1);
                series.outcomes.record(record.status, record.duration_nanos);
                if let Some(cost) = record.cost {
                    // It is itself the innermost agent.
                    charge_agent(cost, scope);
                }
            }
            Self::Llm(handles) => return handles.record(record, scope, date),
            Self::Tool(series) => record_with_cost(&series.outcomes, &series.spent, record, scope),
            Self::Workflow(series) => record_with_cost(&series.outcomes, &series.spent, record, scope),
            Self::Cache(series) => {
                if let Some(hit) = record.hit {
                    series.record(hit, None);
                }
            }
            Self::Operation(series) => record_with_cost(&series.outcomes, &series.spent, record, scope),
        }
        Accounted::of(record.cost)
    }
}

#[inline(always)]
fn record_with_cost(outcomes: &Outcomes, spent: &Spent, record: &OperationRecord<'_>, scope: Scope) {
    outcomes.record(record.status, record.duration_nanos);
    if let Some(cost) = record.cost {
        spent.add(cost.as_nanos());
        charge_agent(cost, scope);
    }
}

/// Cost is charged to the innermost agent around it, so that the sum over agents is
/// never more than was spent.
fn charge_agent(cost: Usd, scope: Scope) {
    if let Some(agent) = scope.agent {
        agent.charge(cost.as_nanos());
    }
}

/// An LLM call that nothing annotates: the same way as an annotated one, also where it is
/// made inside of one.
pub(crate) fn llm_call_recorded(model: &str, record: &OperationRecord<'_>, scope: Scope) {
    let accounted = LlmHandles::run_time(metrics(), model).record(record, scope, watch::date());
    watch::recorded_by_hand(OperationKind::Llm, model, record, &accounted);
    tell_outer_call(record, &accounted, Inside::default(), false);
}

/// Tells the LLM call that is current, if one is, what one inside it has counted.
pub(crate) fn tell_outer_call(record: &OperationRecord<'_>, accounted: &Accounted, within: Inside, is_stream: bool) {
    if !record.status.is_success() {
        if is_stream {
            // What the outer one has passed on of it is the same.
            let _ = scope::with_llm_call((), |outer, ()| {
                outer.inside.cut_off(record.readings.iter().filter_map(|reading| reading.usage));
            });
        }
        return;
    }
    let paid = accounted.cost.is_some_and(|cost| cost > Usd::ZERO);
    // Handed back where there is none.
    let _ = scope::with_llm_call(within, |outer, within| {
        outer.inside.add(record.readings.iter().filter_map(|reading| reading.usage), paid, within);
    });
}

/// An agent execution that nothing annotates.
pub(crate) fn agent_execution_recorded(name: &str, record: &OperationRecord<'_>) {
    metrics().agents.run_time(name).outcomes.record(record.status, record.duration_nanos);
    watch::recorded_by_hand(OperationKind::Agent, name, record, &Accounted::default());
}
