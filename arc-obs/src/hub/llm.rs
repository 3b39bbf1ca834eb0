//! Where LLM calls go: their tokens, and what those cost.

use std::time::SystemTime;

use crate::labels::LabelSet;
use crate::llm::Unpriced;
use crate::llm::price::{self, Asked};
#[cfg(feature = "otlp")]
use crate::metrics::genai;
use crate::metrics::{ChunkSeries, LlmSeries, Metrics};
use crate::operation::{OperationRecord, Reading, ServiceTier, StatedPrice, Streamed, Usage, Usd};
use crate::scope::Scope;
use crate::self_telemetry::SelfTelemetry;

#[cfg(feature = "traces")]
use super::AdoptedCall;
#[cfg(feature = "otlp")]
use super::genai_told;
use super::{Accounted, charge_agent};

/// Where one model's calls go, and what its tokens cost.
#[derive(Clone, Copy)]
pub(crate) struct LlmHandles<'a> {
    series: &'static LlmSeries,
    health: &'static SelfTelemetry,
    asked: Asked<'a>,
    /// What the conventions call it, for the metrics that are exported by them.
    operation: &'static str,
    /// The service tier that the attribute names, for where the response names none.
    tier: Option<ServiceTier>,
    /// What another library calls the error, where it is the one that tells of the call.
    #[cfg(feature = "otlp")]
    error: Option<&'a str>,
}

/// What an attribute says of the cost.
#[derive(Clone, Copy)]
pub(super) struct Stated {
    pub(super) operation: &'static str,
    pub(super) price: Option<&'static StatedPrice>,
    pub(super) tier: Option<&'static str>,
    /// Whether there is a `cost = …`.
    pub(super) costs: bool,
    /// Whether there is a `stream`.
    pub(super) streamed: bool,
}

impl LlmHandles<'static> {
    /// For a call site. Where a name that arrived at run time is folded into `other`
    /// the series is shared, and the price is still the model's own.
    pub(super) fn of(
        metrics: &'static Metrics,
        provider: Option<&'static str>,
        model: &'static str,
        run_time: bool,
        labels: LabelSet,
        stated: Stated,
    ) -> Self {
        let series = metrics.llm_models.admit(model, run_time, labels);
        let asked = if run_time {
            Asked::run_time(provider, model, stated.price)
        } else {
            Asked::literal(provider, model, stated.price)
        };
        // One of the two is there at zero from the start.
        match asked.is_priced() {
            Err(reason) if !stated.costs => series.unpriced(reason.as_str()),
            _ => series.cost(),
        };
        if stated.streamed {
            // There at zero from the start, too.
            series.chunks();
        }
        let (health, operation) = (metrics.health, stated.operation);
        Self {
            series,
            health,
            asked,
            operation,
            tier: stated.tier.and_then(ServiceTier::named),
            #[cfg(feature = "otlp")]
            error: None,
        }
    }
}

impl<'a> LlmHandles<'a> {
    /// For a call that nothing annotates: as an [`of`](LlmHandles::of) for a name that
    /// arrived at run time.
    pub(super) fn run_time(metrics: &'static Metrics, model: &'a str) -> Self {
        let series = metrics.llm_models.run_time(model);
        let asked = Asked::run_time(None, model, None);
        Self {
            series,
            health: metrics.health,
            asked,
            operation: "chat",
            tier: None,
            #[cfg(feature = "otlp")]
            error: None,
        }
    }

    /// For a call that another library tells of.
    #[cfg(feature = "traces")]
    pub(super) fn adopted(metrics: &'static Metrics, call: AdoptedCall<'a>) -> Self {
        Self {
            asked: Asked::run_time(call.provider, call.model, None),
            operation: call.operation,
            #[cfg(feature = "otlp")]
            error: call.error,
            ..Self::run_time(metrics, call.model)
        }
    }

    /// Where the times of a stream's chunks go.
    pub(super) fn chunks(&self) -> ChunkSeries {
        self.series.chunks()
    }

    /// `date` is when the call is priced: now, unless a capture's clock says otherwise.
    pub(super) fn record(
        &self,
        record: &OperationRecord<'_>,
        scope: Scope,
        date: Option<SystemTime>,
        streamed: Option<Streamed>,
    ) -> Accounted {
        self.series.outcomes.record(record.status, record.duration_nanos);
        #[cfg(feature = "otlp")]
        if genai::is_on() {
            self.record_genai(record, streamed);
        }
        #[cfg(not(feature = "otlp"))]
        let _ = (streamed, self.operation);
        // Nothing to pay makes no series: it would read as "free".
        if let Some(cost) = record.cost.filter(|cost| *cost > Usd::ZERO) {
            self.charge(cost, scope);
        }
        if record.readings.is_empty() { Accounted::of(record.cost) } else { self.account(record, scope, date) }
    }

    /// Records the same by the names of OpenTelemetry's conventions.
    #[cfg(feature = "otlp")]
    #[cold]
    fn record_genai(&self, record: &OperationRecord<'_>, streamed: Option<Streamed>) {
        let kind = genai::Kind::Client {
            operation: self.operation,
            provider: self.asked.provider(),
            response_model: record.readings.iter().rev().find_map(|reading| reading.model.as_deref()),
        };
        let first_chunk_nanos = streamed.and_then(|streamed| streamed.first_chunk_nanos);
        let told = genai::Told { first_chunk_nanos, ..genai_told(kind, record).with_error(self.error) };
        self.series.outcomes.record_genai(&told);
    }

    /// What the response says counts before what the attribute does, for a call may be
    /// handled otherwise than it was asked for. A batch is one in any case: it is known by
    /// how it was sent, and its responses may well say `default`.
    fn tier_of(&self, reading: &Reading) -> Option<ServiceTier> {
        match (reading.service_tier, self.tier) {
            (told, Some(ServiceTier::Batch)) => told.flatten().or(self.tier),
            (Some(told), _) => told,
            (None, stated) => stated,
        }
    }

    fn charge(&self, cost: Usd, scope: Scope) {
        self.series.add_cost(cost.as_nanos());
        charge_agent(cost, scope);
    }

    fn account(&self, record: &OperationRecord<'_>, scope: Scope, date: Option<SystemTime>) -> Accounted {
        let mut accounted = Accounted::of(record.cost);
        let mut unpriced = None;
        let mut is_any_known = false;
        for reading in record.readings {
            if !reading.flaws.is_empty() {
                self.health.usage_flaws(reading.flaws);
            }
            let cost = match &reading.usage {
                Some(usage) => {
                    is_any_known = true;
                    self.series.add_tokens(usage);
                    if let Some(agent) = scope.agent {
                        agent.add_tokens(usage);
                    }
                    self.cost_of(reading, usage, date)
                }
                // Without tokens there is still what the provider says.
                None => {
                    accounted.usage_missing |= !reading.flaws.is_empty();
                    let Some(reported) = reading.reported_cost else { continue };
                    Ok((reported, true))
                }
            };
            match cost {
                _ if record.cost.is_some() => {}
                Ok((cost, is_reported)) => {
                    self.charge(cost, scope);
                    // Of several responses all are to be.
                    accounted.cost_is_reported =
                        is_reported && (accounted.cost_is_reported || accounted.cost.is_none());
                    accounted.cost = Some(accounted.cost.map_or(cost, |sum| sum.saturating_add(cost)));
                }
                Err(reason) => unpriced = Some(reason),
            }
        }
        // A call that failed has no response that could report any.
        accounted.usage_missing = (accounted.usage_missing || !is_any_known) && record.status.is_success();
        if accounted.usage_missing {
            self.series.usage_missing.add(1);
        }
        if let Some(reason) = unpriced {
            self.series.unpriced(reason.as_str()).add(1);
            accounted.unpriced = Some(reason.as_str());
        }
        accounted
    }

    /// What one response cost, and whether the provider says so.
    fn cost_of(&self, reading: &Reading, usage: &Usage, date: Option<SystemTime>) -> Result<(Usd, bool), Unpriced> {
        let reported = reading.reported_cost;
        match reported {
            Some(reported) if price::prefers_reported_cost() => Ok((reported, true)),
            _ => {
                let tier = self.tier_of(reading);
                let at = date.unwrap_or_else(SystemTime::now);
                let cost = self.asked.total(reading.model.as_deref(), usage, tier, at);
                // What the provider itself says beats not knowing.
                cost.map(|cost| (cost, false)).or_else(|reason| reported.map(|cost| (cost, true)).ok_or(reason))
            }
        }
    }
}
