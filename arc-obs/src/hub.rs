//! The one place where a finished operation fans out.
//!
//! In this order: it is priced, recorded into the metrics, and written onto its
//! span. Alerts, exporters and pages read snapshots later; the hub knows none of
//! them (invariant 2).

use std::time::SystemTime;

use crate::llm::price::{self, Priced, Unpriced};
use crate::metrics::{
    AgentSeries, LlmSeries, OperationSeries, Outcomes, Spent, ToolSeries, agents, llm_models, operations, tools,
};
use crate::operation::{Cost, OperationRecord, Reading, SiteKind, StatedPrice, Status};
use crate::scope::{Account, Scope};
use crate::self_telemetry;
use crate::trace::OpenSpan;

/// Where the operations of one annotated function go: resolved at its first
/// call, or by `init`, then plain pointers.
pub(crate) enum Handles {
    Agent(&'static AgentSeries),
    Llm(LlmHandles),
    Tool(&'static ToolSeries),
    Operation(&'static OperationSeries),
}

/// Where one model's calls go, and what its tokens cost.
#[derive(Clone, Copy)]
pub(crate) struct LlmHandles {
    series: &'static LlmSeries,
    provider: Option<&'static str>,
    /// Of the model that is asked for.
    price: Result<Priced, Unpriced>,
    /// What the attribute says instead: `price(..)`.
    stated: Option<&'static StatedPrice>,
    /// The service tier that the attribute names, for where the response names none.
    #[allow(dead_code, reason = "the seam for prices by service tier")]
    tier: Option<&'static str>,
}

impl LlmHandles {
    fn new(series: &'static LlmSeries, provider: Option<&'static str>, price: Result<Priced, Unpriced>) -> Self {
        Self { series, provider, price, stated: None, tier: None }
    }

    /// One of the two is there at zero from the start.
    fn at_zero(self, costs: bool) -> Self {
        match self.price {
            Err(reason) if self.stated.is_none() && !costs => self.series.unpriced(reason.as_str()),
            _ => self.series.cost(),
        };
        self
    }

    /// Whether the provider has announced the model's end.
    fn is_deprecated(&self) -> bool {
        self.price.is_ok_and(Priced::is_deprecated)
    }

    /// For a model whose name arrives at run time. Where it is folded into `other`
    /// the series is shared, and the price is still the model's own.
    pub(crate) fn run_time(model: &str) -> Self {
        Self::new(llm_models().run_time(model), None, price::find_again(None, model)).at_zero(false)
    }

    /// The price of the model that answered, where the response names one that is
    /// known: it may be another than the one that was asked for.
    fn price_of(&self, answered: Option<&str>) -> Result<Priced, Unpriced> {
        match answered.map(|model| price::find_again(self.provider, model)) {
            Some(Ok(price)) => Ok(price),
            _ => self.price,
        }
    }

    fn record(&self, record: &OperationRecord<'_>, scope: Scope) {
        self.series.outcomes.record(record.status, record.duration_nanos);
        // Nothing to pay makes no series: it would read as "free".
        if let Some(cost) = record.cost.filter(|cost| *cost > Cost::ZERO) {
            self.charge(cost, scope);
        }
        if let Some(reading) = record.reading {
            self.account(reading, record, scope);
        }
    }

    fn charge(&self, cost: Cost, scope: Scope) {
        self.series.cost().add(cost.as_nanos());
        charge_agent(cost, scope);
    }

    fn account(&self, reading: &Reading, record: &OperationRecord<'_>, scope: Scope) {
        if !reading.flaws.is_empty() {
            self_telemetry::usage_flaws(reading.flaws);
        }
        let Some(usage) = &reading.usage else {
            // A call that failed has no response that could report any.
            if record.status.is_success() {
                self.series.usage_missing.add(1);
            }
            return;
        };
        self.series.add_tokens(usage);
        if record.cost.is_some() {
            return;
        }
        let cost = match self.stated {
            Some(stated) => Ok(price::stated_cost(stated, usage)),
            None => {
                let price = self.price_of(reading.model.as_deref());
                price.and_then(|price| price.cost(usage, SystemTime::now()))
            }
        };
        // What the provider itself says beats not knowing.
        match (cost, reading.reported_cost) {
            (Ok(cost), _) | (Err(_), Some(cost)) => self.charge(cost, scope),
            (Err(reason), None) => self.series.unpriced(reason.as_str()).add(1),
        }
    }
}

impl Handles {
    /// The handles of a function whose names stand in the source. Makes its series
    /// at zero where they did not exist; that of its cost, if the attribute says one.
    pub(crate) fn of(kind: &SiteKind) -> Self {
        match *kind {
            SiteKind::Agent { name, .. } => Self::Agent(agents().literal(name)),
            SiteKind::Llm { model, provider, price: stated, tier, costs, .. } => {
                let found = price::find(provider, model);
                let plain = LlmHandles::new(llm_models().literal(model), provider, found);
                Self::Llm(LlmHandles { stated, tier, ..plain }.at_zero(costs))
            }
            SiteKind::Tool { name, costs } => {
                let series = tools().literal(name);
                if costs {
                    series.spent.cost();
                }
                Self::Tool(series)
            }
            SiteKind::Operation { name, costs } => {
                let series = operations().literal(name);
                if costs {
                    series.spent.cost();
                }
                Self::Operation(series)
            }
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
                if let Some(cost) = record.cost {
                    // It is itself the innermost agent.
                    charge_agent(cost, scope);
                }
            }
            Self::Llm(handles) => handles.record(record, scope),
            Self::Tool(series) => record_with_cost(&series.outcomes, &series.spent, record, scope),
            Self::Operation(series) => record_with_cost(&series.outcomes, &series.spent, record, scope),
        }
        if let Some(span) = span {
            span.close(record);
        }
    }
}

#[inline(always)]
fn record_with_cost(outcomes: &Outcomes, spent: &Spent, record: &OperationRecord<'_>, scope: Scope) {
    outcomes.record(record.status, record.duration_nanos);
    if let Some(cost) = record.cost {
        spent.cost().add(cost.as_nanos());
        charge_agent(cost, scope);
    }
}

/// Cost is charged to the innermost agent around it, so that the sum over agents is
/// never more than was spent.
fn charge_agent(cost: Cost, scope: Scope) {
    if let Some(agent) = scope.agent {
        agent.charge(cost.as_nanos());
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
