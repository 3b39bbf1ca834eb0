//! Exporters that the environment has a say in: made by `install`, when that has been read.

use std::time::Duration;

use crate::export::{SpanExporter, Stopping};
use crate::settings::Settings;

use super::notice;
use super::traces::{TIMEOUT, Traces};

/// Makes one of what the environment says, or says why there is none.
pub(super) type Configured = Box<dyn FnOnce(Given<'_>) -> Result<Box<dyn SpanExporter>, String> + Send>;

/// What there is to make one of.
#[allow(dead_code, reason = "there may be nobody who makes one")]
pub(crate) struct Given<'a> {
    pub(crate) settings: &'a Settings,
    /// How long it may take for a batch, tries included.
    pub(crate) timeout: Duration,
    /// Says by when everything is to have ended, when it is to.
    pub(crate) stopping: Stopping,
}

impl Traces {
    /// Makes them, and tells why one cannot be had: the program goes on without it.
    pub(super) fn make_configured(&mut self, settings: &Settings) {
        let configured = std::mem::take(&mut self.configured);
        if settings.disabled {
            return;
        }
        let timeout = settings.traces.timeout.unwrap_or(TIMEOUT);
        let given = || Given { settings, timeout, stopping: self.stopping.subscribe() };
        let made = configured.into_iter().map(|make| make(given()));
        let made: Vec<_> = made.filter_map(|made| made.inspect_err(|why| notice::warn(why)).ok()).collect();
        self.exporters.extend(made);
    }
}

#[cfg(any(feature = "datadog", feature = "newrelic", feature = "sentry"))]
impl super::Builder {
    pub(crate) fn configured_span_exporter(
        mut self,
        make: impl FnOnce(Given<'_>) -> Result<Box<dyn SpanExporter>, String> + Send + 'static,
    ) -> Self {
        self.traces.configured.push(Box::new(make));
        self
    }
}
