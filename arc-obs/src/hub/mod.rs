//! The one place where a finished operation fans out.
//!
//! In this order: it is priced, recorded into the metrics, and written onto its
//! span. Alerts, exporters and pages read snapshots later; the hub knows none of
//! them (invariant 2). Those who watch operations one by one are in `watch`.

mod watch;

use std::time::SystemTime;

use crate::llm::Unpriced;
use crate::llm::price::{self, Asked, Priced};
use crate::metrics::{AgentSeries, LlmSeries, Metrics, OperationSeries, ToolSeries};
use crate::operation::{OperationKind, OperationRecord, Reading, SiteKind, Status, Usd};
use crate::scope::{Account, Scope};
use crate::self_telemetry::SelfTelemetry;
use crate::trace::OpenSpan;

pub(crate) use watch::{Captured, InPlace, Watched, is_anybody_watching, listen, metrics};

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
    health: &'static SelfTelemetry,
    asked: Asked<'a>,
}

/// What became of an LLM call's usage.
#[derive(Clone, Copy, Default)]
pub(crate) struct Accounted {
    pub(crate) cost: Option<Usd>,
    /// Why tokens that are known have no cost.
    pub(crate) unpriced: Option<&'static str>,
}

impl<'a> LlmHandles<'a> {
    fn new(metrics: &Metrics, series: &'static LlmSeries, asked: Asked<'a>, priced: Result<(), Unpriced>) -> Self {
        // One of the two is there at zero from the start.
        match priced {
            Ok(()) => series.cost(),
            Err(reason) => series.unpriced(reason.as_str()),
        };
        Self { series, health: metrics.health, asked }
    }

    /// Whether the provider has announced the model's end.
    fn is_deprecated(&self) -> bool {
        self.asked.table.is_ok_and(Priced::is_deprecated)
    }

    /// For a model whose name arrives at run time. Where it is folded into `other`
    /// the series is shared, and the price is still the model's own.
    fn run_time(metrics: &'static Metrics, model: &'a str) -> Self {
        let asked = Asked { provider: None, model, table: price::find_again(None, model) };
        Self::new(metrics, metrics.llm_models.run_time(model), asked, asked.table.map(drop))
    }

    /// `date` is when the call is priced: now, unless a capture's clock says otherwise.
    fn record(&self, record: &OperationRecord<'_>, scope: Scope, date: Option<SystemTime>) -> Accounted {
        self.series.outcomes.record(record.status, record.duration_nanos);
        match record.reading {
            Some(reading) => self.account(reading, record.status, scope, date),
            None => Accounted::default(),
        }
    }

    fn account(&self, reading: &Reading, status: Status, scope: Scope, date: Option<SystemTime>) -> Accounted {
        if !reading.flaws.is_empty() {
            self.health.usage_flaws(reading.flaws);
        }
        let Some(usage) = &reading.usage else {
            // A call that failed has no response that could report any.
            if status.is_success() {
                self.series.usage_missing.add(1);
            }
            return Accounted::default();
        };
        self.series.add_tokens(usage);
        let reported = reading.reported_cost;
        let cost = match reported {
            Some(reported) if price::prefers_reported_cost() => Ok(reported),
            _ => self.asked.total(
                reading.model.as_deref(),
                usage,
                reading.service_tier,
                date.unwrap_or_else(SystemTime::now),
            ),
        };
        // What the provider itself says beats not knowing.
        match (cost, reported) {
            (Ok(cost), _) | (Err(_), Some(cost)) => {
                self.series.add_cost(cost.as_nanos());
                if let Some(agent) = scope.agent {
                    agent.charge(cost.as_nanos());
                }
                Accounted { cost: Some(cost), unpriced: None }
            }
            (Err(reason), None) => {
                self.series.unpriced(reason.as_str()).add(1);
                Accounted { cost: None, unpriced: Some(reason.as_str()) }
            }
        }
    }
}

impl Handles {
    /// The handles of a function whose names stand in the source. Makes its series
    /// at zero where they did not exist.
    pub(crate) fn of(kind: &SiteKind, metrics: &'static Metrics) -> Self {
        match *kind {
            SiteKind::Agent { name, .. } => Self::Agent(metrics.agents.literal(name)),
            SiteKind::Llm { model, provider, .. } => {
                let asked = Asked { provider, model, table: price::find(provider, model) };
                Self::Llm(LlmHandles::new(metrics, metrics.llm_models.literal(model), asked, asked.is_priced()))
            }
            SiteKind::Tool { name } => Self::Tool(metrics.tools.literal(name)),
            SiteKind::Operation { name } => Self::Operation(metrics.operations.literal(name)),
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
    ) {
        let handles = watched.and_then(Watched::handles).unwrap_or(self);
        let accounted = handles.record(record, scope, watched.and_then(Watched::date));
        span.close(record);
        if let Some(watched) = watched {
            watched.finished(record, &accounted);
        }
    }

    #[inline(always)]
    fn record(&self, record: &OperationRecord<'_>, scope: Scope, date: Option<SystemTime>) -> Accounted {
        match self {
            Self::Agent(series) => {
                series.active.add(-1);
                series.outcomes.record(record.status, record.duration_nanos);
            }
            Self::Llm(handles) => return handles.record(record, scope, date),
            Self::Tool(series) => series.0.record(record.status, record.duration_nanos),
            Self::Operation(series) => series.0.record(record.status, record.duration_nanos),
        }
        Accounted::default()
    }
}

/// An LLM call that nothing annotates: the same way as an annotated one.
pub(crate) fn llm_call_recorded(model: &str, record: &OperationRecord<'_>, scope: Scope) {
    let accounted = LlmHandles::run_time(metrics(), model).record(record, scope, None);
    watch::recorded_by_hand(OperationKind::Llm, model, record, &accounted);
}

/// An agent execution that nothing annotates.
pub(crate) fn agent_execution_recorded(name: &str, record: &OperationRecord<'_>) {
    metrics().agents.run_time(name).outcomes.record(record.status, record.duration_nanos);
    watch::recorded_by_hand(OperationKind::Agent, name, record, &Accounted::default());
}
