//! The one place where a finished operation fans out.
//!
//! In this order: it is priced, recorded into the metrics, and written onto its
//! span. Alerts, exporters and pages read snapshots later; the hub knows none of
//! them (invariant 2). Those who watch operations one by one are in `watch`.

mod llm;
mod watch;

use std::time::SystemTime;

use crate::llm::price::Asked;
#[cfg(feature = "otlp")]
use crate::metrics::genai;
use crate::metrics::{
    AgentSeries, CacheSeries, ChunkSeries, Metrics, OperationSeries, Outcomes, RequestSeries, Spent, ToolSeries,
    WorkflowSeries,
};
use crate::operation::{OperationKind, OperationRecord, Site, SiteKind, SpanEnd, Streamed, Usd};
use crate::scope::{self, Account, Inside, Scope};
use crate::trace::OpenSpan;
#[cfg(feature = "traces")]
use crate::trace::told_by_hand;
#[cfg(feature = "otlp")]
use crate::trace::told_class;

use llm::{LlmHandles, Stated};
pub(crate) use watch::{
    Captured, Fields, InPlace, OpenCapture, WatchHere, Watched, is_anybody_watching, is_watched_here, listen,
    manual_clock, metrics,
};

/// Where the operations of one annotated function go: resolved at its first
/// call, or by `init`, then plain pointers.
pub(crate) enum Handles {
    Agent {
        series: &'static AgentSeries,
        /// The same under its own name, where the series is one that several share.
        account: &'static dyn Account,
    },
    Llm(LlmHandles<'static>),
    Tool(&'static ToolSeries),
    Workflow(&'static WorkflowSeries),
    Cache(&'static CacheSeries),
    Request(&'static RequestSeries),
    /// A request inside of one that is counted.
    InnerRequest,
    Operation(&'static OperationSeries),
}

/// What an operation turned out to cost.
#[derive(Clone, Copy, Default)]
pub(crate) struct Accounted {
    pub(crate) cost: Option<Usd>,
    /// Whether that is what the provider says, and not reckoned.
    pub(crate) cost_is_reported: bool,
    /// Why tokens of an LLM call are known and have no cost.
    pub(crate) unpriced: Option<&'static str>,
    /// Whether a successful LLM call has reported no usage.
    pub(crate) usage_missing: bool,
}

impl Accounted {
    const fn of(cost: Option<Usd>) -> Self {
        Self { cost, cost_is_reported: false, unpriced: None, usage_missing: false }
    }
}

impl Handles {
    /// The handles of a call site. Makes its series at zero where they did not exist;
    /// that of its cost, if the attribute says one.
    pub(crate) fn of(site: &Site, metrics: &'static Metrics) -> Self {
        let (run_time, labels) = (site.named_at_run_time, site.labels);
        match site.kind {
            SiteKind::Agent { name, .. } => {
                let series = metrics.agents.admit(name, run_time, labels);
                Self::Agent { series, account: series.account_of(name) }
            }
            SiteKind::Llm { model, provider, operation, price, tier, costs, streamed, .. } => {
                let stated = Stated { operation, price, tier, costs, streamed };
                Self::Llm(LlmHandles::of(metrics, provider, model, run_time, labels, stated))
            }
            SiteKind::Tool { name, costs } => {
                let series = metrics.tools.admit(name, run_time, labels);
                series.spent.at_zero_if(costs);
                Self::Tool(series)
            }
            SiteKind::Workflow { name, costs } => {
                let series = metrics.workflows.admit(name, run_time, labels);
                series.spent.at_zero_if(costs);
                Self::Workflow(series)
            }
            SiteKind::Cache { name } => Self::Cache(metrics.caches.admit(name, run_time, labels)),
            SiteKind::Request { method, endpoint, .. } => {
                let series = metrics.endpoints.admit(endpoint, run_time, labels).of(method);
                series.at_zero();
                Self::Request(series)
            }
            SiteKind::Operation { name, costs } => {
                let series = metrics.operations.admit(name, run_time, labels);
                series.spent.at_zero_if(costs);
                Self::Operation(series)
            }
        }
    }

    /// Whether such an operation always carries something along.
    pub(crate) const fn carries(&self) -> bool {
        matches!(self, Self::Llm(_) | Self::Request(_))
    }

    /// Where the times of a streamed LLM call's chunks go.
    pub(crate) fn chunks(&self) -> Option<ChunkSeries> {
        if let Self::Llm(handles) = self { Some(handles.chunks()) } else { None }
    }

    /// An operation begins: hands back the agent that it is, if it is one.
    #[inline]
    pub(crate) fn started(&self) -> Option<&'static dyn Account> {
        let Self::Agent { series, account } = self else { return None };
        series.active.add(1);
        Some(*account)
    }

    /// A request begins: apart, since those that carry something along do so at a place of
    /// their own.
    pub(crate) fn request_started(&self) {
        if let Self::Request(series) = self {
            series.started();
        }
    }

    /// An operation has ended that nobody watches. `scope` is what was current while
    /// it ran.
    #[inline(always)]
    pub(crate) fn finished(&self, record: &OperationRecord<'_>, scope: Scope) {
        self.record_plain(record, scope);
    }

    /// An operation has ended that has a span, or is watched.
    #[expect(clippy::too_many_arguments, reason = "what is carried along, taken apart by its one caller")]
    pub(crate) fn finished_in_view(
        &self,
        site: &'static Site,
        record: &OperationRecord<'_>,
        scope: Scope,
        span: &OpenSpan,
        watched: Option<&Watched>,
        streamed: Option<Streamed>,
        fields: impl FnOnce() -> Fields,
    ) -> Accounted {
        let handles = match self {
            Self::InnerRequest => self,
            _ => watched.and_then(Watched::handles).unwrap_or(self),
        };
        let accounted = handles.record(record, scope, watched.and_then(Watched::date), streamed);
        let Accounted { cost, cost_is_reported, .. } = accounted;
        let agent = scope.agent.map(Account::name);
        span.close(site, record, SpanEnd { streamed, cost, cost_is_reported, agent });
        if let Some(watched) = watched {
            watched.finished(record, &accounted, streamed, fields());
        }
        accounted
    }

    fn record(
        &self,
        record: &OperationRecord<'_>,
        scope: Scope,
        date: Option<SystemTime>,
        streamed: Option<Streamed>,
    ) -> Accounted {
        match self {
            Self::Llm(handles) => return handles.record(record, scope, date, streamed),
            Self::Request(series) => series.finished(record.http_status, record.duration_nanos),
            Self::InnerRequest => {}
            _ => self.record_plain(record, scope),
        }
        Accounted::of(record.cost)
    }

    /// Those that carry nothing along unless somebody watches.
    #[inline(always)]
    fn record_plain(&self, record: &OperationRecord<'_>, scope: Scope) {
        match self {
            Self::Agent { series, .. } => {
                series.active.add(-1);
                series.outcomes.record(record.status, record.duration_nanos);
                #[cfg(feature = "otlp")]
                if genai::is_on() {
                    series.outcomes.record_genai(&genai_told(genai::Kind::Agent, record));
                }
                if let Some(cost) = record.cost {
                    // It is itself the innermost agent.
                    charge_agent(cost, scope);
                }
            }
            Self::Tool(series) => {
                record_with_cost(&series.outcomes, &series.spent, record, scope);
                #[cfg(feature = "otlp")]
                if genai::is_on() {
                    series.outcomes.record_genai(&genai_told(genai::Kind::Tool, record));
                }
            }
            Self::Workflow(series) => {
                record_with_cost(&series.outcomes, &series.spent, record, scope);
                #[cfg(feature = "otlp")]
                if genai::is_on() {
                    series.outcomes.record_genai(&genai_told(genai::Kind::Workflow, record));
                }
            }
            Self::Cache(series) => {
                if let Some(hit) = record.hit {
                    series.record(hit, None);
                }
            }
            Self::Operation(series) => record_with_cost(&series.outcomes, &series.spent, record, scope),
            Self::Llm(_) | Self::Request(_) | Self::InnerRequest => debug_assert!(false, "those carry something"),
        }
    }
}

/// What is to be said of a model whose name stands in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ModelNotice {
    /// The provider has announced its end, or it has come.
    Deprecated,
    /// It was in the price table of an earlier release, or the attribute would not have
    /// compiled, and is no more.
    Gone,
}

/// What the user of a function should hear of the model that it asks for.
pub(crate) fn model_notice(site: &Site) -> Option<ModelNotice> {
    if site.named_at_run_time {
        return None;
    }
    let SiteKind::Llm { model, provider, price, unpriced, costs, .. } = site.kind else { return None };
    let asked = Asked::literal(provider, model, price);
    match asked.is_priced() {
        Err(_) if !unpriced && !costs => Some(ModelNotice::Gone),
        _ => asked.is_deprecated().then_some(ModelNotice::Deprecated),
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

/// Whether errors are counted by their kind, which has to be found out of them.
#[cfg(feature = "traces")]
pub(crate) fn counts_error_types() -> bool {
    #[cfg(feature = "otlp")]
    return genai::is_on();
    #[cfg(not(feature = "otlp"))]
    false
}

/// What is told of it by the names of OpenTelemetry's conventions.
#[cfg(feature = "otlp")]
fn genai_told<'a>(kind: genai::Kind<'a>, record: &OperationRecord<'_>) -> genai::Told<'a> {
    genai::Told::of(kind, record, told_class(record.error_type))
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
    let accounted = LlmHandles::run_time(metrics(), model).record(record, scope, watch::date(), None);
    watch::recorded_by_hand(OperationKind::Llm, model, record, &accounted);
    tell_outer_call(record, &accounted, Inside::default(), false);
    #[cfg(feature = "traces")]
    told_by_hand(OperationKind::Llm, model);
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
    let series = metrics().agents.run_time(name);
    series.outcomes.record(record.status, record.duration_nanos);
    #[cfg(feature = "otlp")]
    if genai::is_on() {
        series.outcomes.record_genai(&genai_told(genai::Kind::Agent, record));
    }
    watch::recorded_by_hand(OperationKind::Agent, name, record, &Accounted::default());
    #[cfg(feature = "traces")]
    told_by_hand(OperationKind::Agent, name);
}

/// What another library tells of an LLM call, beside the record.
#[cfg(feature = "traces")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct AdoptedCall<'a> {
    pub(crate) operation: &'static str,
    pub(crate) provider: Option<&'static str>,
    pub(crate) model: &'a str,
    /// What it calls the error.
    #[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "our own metrics do not tell it"))]
    pub(crate) error: Option<&'a str>,
}

/// An LLM call that another library tells of.
#[cfg(feature = "traces")]
pub(crate) fn llm_call_adopted(
    asked: AdoptedCall<'_>,
    record: &OperationRecord<'_>,
    scope: Scope,
    streamed: Option<Streamed>,
) {
    let handles = LlmHandles::adopted(metrics(), asked);
    if let Some(nanos) = streamed.and_then(|streamed| streamed.first_chunk_nanos) {
        handles.chunks().first(nanos);
    }
    let accounted = handles.record(record, scope, watch::date(), streamed);
    watch::recorded_by_hand(OperationKind::Llm, asked.model, record, &accounted);
}

/// An agent's execution that another library tells of.
#[cfg(feature = "traces")]
pub(crate) fn agent_execution_adopted(name: &str, record: &OperationRecord<'_>, error: Option<&str>) {
    adopted(&metrics().agents.run_time(name).outcomes, OperationKind::Agent, name, record, error);
}

/// A tool call that another library tells of.
#[cfg(feature = "traces")]
pub(crate) fn tool_call_adopted(name: &str, record: &OperationRecord<'_>, error: Option<&str>) {
    adopted(&metrics().tools.run_time(name).outcomes, OperationKind::Tool, name, record, error);
}

/// A workflow's execution that another library tells of.
#[cfg(feature = "traces")]
pub(crate) fn workflow_execution_adopted(name: &str, record: &OperationRecord<'_>, error: Option<&str>) {
    adopted(&metrics().workflows.run_time(name).outcomes, OperationKind::Workflow, name, record, error);
}

#[cfg(feature = "traces")]
fn adopted(outcomes: &Outcomes, kind: OperationKind, name: &str, record: &OperationRecord<'_>, error: Option<&str>) {
    outcomes.record(record.status, record.duration_nanos);
    #[cfg(feature = "otlp")]
    if genai::is_on() {
        let kind = match kind {
            OperationKind::Agent => genai::Kind::Agent,
            OperationKind::Tool => genai::Kind::Tool,
            _ => genai::Kind::Workflow,
        };
        outcomes.record_genai(&genai_told(kind, record).with_error(error));
    }
    #[cfg(not(feature = "otlp"))]
    let _ = error;
    watch::recorded_by_hand(kind, name, record, &Accounted::default());
}

/// The agent of this name, to charge.
#[cfg(feature = "traces")]
pub(crate) fn agent_named(name: &str) -> &'static dyn Account {
    metrics().agents.run_time(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_has_no_price_any_more_is_reported_unless_somebody_said_so() {
        let notice = |model, unpriced, costs| {
            let (provider, operation, recorded, price, tier) = (None, "chat", false, None, None);
            let kind =
                SiteKind::Llm { model, provider, operation, recorded, price, tier, unpriced, costs, streamed: false };
            let (labels, fields, named_at_run_time) = (&[][..], None, false);
            let (function, module, file, line) = ("ask", "m", "m.rs", 1);
            model_notice(&Site { kind, labels, named_at_run_time, function, module, file, line, fields })
        };
        assert_eq!(notice("gpt-4o", false, false), None);
        assert_eq!(notice("gemini-2.0-flash", false, false), Some(ModelNotice::Deprecated));
        assert_eq!(notice("a-model-of-yesteryear", false, false), Some(ModelNotice::Gone));
        assert_eq!(notice("a-model-of-yesteryear", true, false), None);
        assert_eq!(notice("a-model-of-yesteryear", false, true), None);
    }
}
