//! Traces to the back ends of others: one call of [`Builder::apm`](crate::Builder::apm) each.
//!
//! | feature | back end | over |
//! |---|---|---|
//! | `datadog` | [`datadog`] | its agent, in the agent's own format (port 8126) |
//! | `newrelic` | [`newrelic`] | OTLP with HTTP, to its region |
//! | `sentry` | [`sentry`] | HTTPS, to the address in its DSN |
//!
//! Nothing goes to any of them unless that call is made. What they are sent has gone through the
//! same gate and limits as what every exporter is sent, and what does not arrive is counted in
//! `arc_obs_export_dropped_total{exporter="datadog",…}`.
// Of what is not there.
#![cfg_attr(
    not(all(feature = "datadog", feature = "newrelic", feature = "sentry")),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(feature = "datadog")]
mod datadog;
#[cfg(any(feature = "datadog", feature = "sentry"))]
mod delivery;
#[cfg(feature = "newrelic")]
mod newrelic;
#[cfg(feature = "sentry")]
mod sentry;

use crate::Builder;

#[cfg(feature = "datadog")]
#[cfg_attr(docsrs, doc(cfg(feature = "datadog")))]
pub use datadog::{Datadog, datadog};
#[cfg(feature = "newrelic")]
#[cfg_attr(docsrs, doc(cfg(feature = "newrelic")))]
pub use newrelic::{NewRelic, Region, newrelic};
#[cfg(feature = "sentry")]
#[cfg_attr(docsrs, doc(cfg(feature = "sentry")))]
pub use sentry::{Sentry, sentry};

/// What [`Builder::apm`](crate::Builder::apm) takes: made by the functions of [`apm`](self).
pub trait BackEnd: sealed::BackEnd {}

mod sealed {
    use crate::Builder;

    #[expect(unnameable_types, reason = "others are `SpanExporter`s")]
    pub trait BackEnd {
        fn add_to(self, builder: Builder) -> Builder;
    }
}

impl Builder {
    /// Sends traces to a back end of the room [`apm`](crate::apm), beside others that there are.
    ///
    /// What is wrong with its settings is told at the start, once; the program then goes on without it.
    ///
    #[cfg_attr(feature = "datadog", doc = "```")]
    #[cfg_attr(not(feature = "datadog"), doc = "```ignore")]
    /// let builder = arc_obs::builder().service_name("shop").apm(arc_obs::apm::datadog());
    /// ```
    pub fn apm(self, back_end: impl BackEnd) -> Self {
        back_end.add_to(self)
    }
}

/// The spans of each trace, in their order.
#[cfg(any(feature = "datadog", feature = "sentry"))]
fn by_trace(batch: &[crate::export::Span]) -> Vec<Vec<&crate::export::Span>> {
    let mut places = std::collections::HashMap::new();
    let mut traces: Vec<Vec<&crate::export::Span>> = Vec::new();
    for span in batch {
        let place = *places.entry(span.trace_id).or_insert(traces.len());
        match traces.get_mut(place) {
            Some(trace) => trace.push(span),
            None => traces.push(vec![span]),
        }
    }
    traces
}
