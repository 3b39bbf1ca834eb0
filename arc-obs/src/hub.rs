//! The one place where a finished operation fans out.
//!
//! In this order: it is priced, recorded into the metrics, and written onto its
//! span. Alerts, exporters and pages read snapshots later; the hub knows none of
//! them (invariant 2).

use std::time::SystemTime;

use crate::llm::Unpriced;
use crate::llm::price::{self, Asked, Priced};
use crate::metrics::{AgentSeries, LlmSeries, OperationSeries, ToolSeries, agents, llm_models, operations, tools};
use crate::operation::{OperationRecord, Reading, SiteKind, Status};
use crate::scope::{Account, Scope};
use crate::self_telemetry;
use crate::trace::OpenSpan;

/// Where the operations of one annotated function go: resolved at its first
/// call, or by `init`, then plain pointers.
pub(crate) enum Handles {
    Agent(&'static AgentSeries),
    Llm(LlmHandles<'static>),
    Tool(&'static ToolSeries),
    Operation(&'static OperationSeries),
}

/// Where one model's calls go, and what its tokens cost.
#[derive(Clone, Copy)]
pub(crate) struct LlmHandles<'a> {
    series: &'static LlmSeries,
    asked: Asked<'a>,
}

impl<'a> LlmHandles<'a> {
    fn new(series: &'static LlmSeries, asked: Asked<'a>, priced: Result<(), Unpriced>) -> Self {
        // One of the two is there at zero from the start.
        match priced {
            Ok(()) => series.cost(),
            Err(reason) => series.unpriced(reason.as_str()),
        };
        Self { series, asked }
    }

    /// Whether the provider has announced the model's end.
    fn is_deprecated(&self) -> bool {
        self.asked.table.is_ok_and(Priced::is_deprecated)
    }

    /// For a model whose name arrives at run time. Where it is folded into `other`
    /// the series is shared, and the price is still the model's own.
    fn run_time(model: &'a str) -> Self {
        let asked = Asked { provider: None, model, table: price::find_again(None, model) };
        Self::new(llm_models().run_time(model), asked, asked.table.map(drop))
    }

    fn record(&self, record: &OperationRecord<'_>, scope: Scope) {
        self.series.outcomes.record(record.status, record.duration_nanos);
        if let Some(reading) = record.reading {
            self.account(reading, record.status, scope);
        }
    }

    fn account(&self, reading: &Reading, status: Status, scope: Scope) {
        if !reading.flaws.is_empty() {
            self_telemetry::usage_flaws(reading.flaws);
        }
        let Some(usage) = &reading.usage else {
            // A call that failed has no response that could report any.
            if status.is_success() {
                self.series.usage_missing.add(1);
            }
            return;
        };
        self.series.add_tokens(usage);
        let reported = reading.reported_cost;
        let cost = match reported {
            Some(reported) if price::prefers_reported_cost() => Ok(reported),
            _ => self.asked.total(reading.model.as_deref(), usage, reading.service_tier, SystemTime::now()),
        };
        // What the provider itself says beats not knowing.
        match (cost, reported) {
            (Ok(cost), _) | (Err(_), Some(cost)) => {
                self.series.add_cost(cost.as_nanos());
                if let Some(agent) = scope.agent {
                    agent.charge(cost.as_nanos());
                }
            }
            (Err(reason), None) => self.series.unpriced(reason.as_str()).add(1),
        }
    }
}

impl Handles {
    /// The handles of a function whose names stand in the source. Makes its series
    /// at zero where they did not exist.
    pub(crate) fn of(kind: &SiteKind) -> Self {
        match *kind {
            SiteKind::Agent { name, .. } => Self::Agent(agents().literal(name)),
            SiteKind::Llm { model, provider, .. } => {
                let asked = Asked { provider, model, table: price::find(provider, model) };
                Self::Llm(LlmHandles::new(llm_models().literal(model), asked, asked.is_priced()))
            }
            SiteKind::Tool { name } => Self::Tool(tools().literal(name)),
            SiteKind::Operation { name } => Self::Operation(operations().literal(name)),
        }
    }

    #[inline]
    pub(crate) const fn is_llm(&self) -> bool {
        matches!(self, Self::Llm(_))
    }

    /// Whether it asks for a model whose end the provider has announced.
    pub(crate) fn is_deprecated_model(&self) -> bool {
        matches!(self, Self::Llm(handles) if handles.is_deprecated())
    }

    /// An operation begins: hands back the agent that it is, if it is one.
    #[inline]
    pub(crate) fn started(&'static self) -> Option<&'static dyn Account> {
        let Self::Agent(series) = self else { return None };
        series.active.add(1);
        Some(*series)
    }

    /// An operation has ended. `scope` is what was current while it ran.
    #[inline(always)]
    pub(crate) fn finished(&self, record: &OperationRecord<'_>, scope: Scope, span: Option<&OpenSpan>) {
        match self {
            Self::Agent(series) => {
                series.active.add(-1);
                series.outcomes.record(record.status, record.duration_nanos);
            }
            Self::Llm(handles) => handles.record(record, scope),
            Self::Tool(series) => series.0.record(record.status, record.duration_nanos),
            Self::Operation(series) => series.0.record(record.status, record.duration_nanos),
        }
        if let Some(span) = span {
            span.close(record);
        }
    }
}

/// An LLM call that nothing annotates: the same way as an annotated one.
pub(crate) fn llm_call_recorded(model: &str, record: &OperationRecord<'_>, scope: Scope) {
    LlmHandles::run_time(model).record(record, scope);
}

/// An agent execution that nothing annotates.
pub(crate) fn agent_execution_recorded(name: &str, status: Status, nanos: u64) {
    agents().run_time(name).outcomes.record(status, nanos);
}
