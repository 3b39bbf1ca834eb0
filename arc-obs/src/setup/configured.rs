//! Exporters that the environment has a say in: made by `install`, when that has been read.

use crate::export::{SpanExporter, Stopping};
use crate::settings::Settings;

use super::notice;
use super::traces::Traces;

/// Makes one of what the environment says, or says why there is none.
pub(super) type Configured = Box<dyn FnOnce(&Settings, Stopping) -> Result<Box<dyn SpanExporter>, String> + Send>;

impl Traces {
    /// Makes them, and tells why one cannot be had: the program goes on without it.
    pub(super) fn make_configured(&mut self, settings: &Settings) {
        let configured = std::mem::take(&mut self.configured);
        if settings.disabled {
            return;
        }
        let made = configured.into_iter().map(|make| make(settings, self.stopping.subscribe()));
        let made: Vec<_> = made.filter_map(|made| made.inspect_err(|why| notice::warn(why)).ok()).collect();
        self.exporters.extend(made);
    }
}

#[cfg(any(feature = "datadog", feature = "newrelic", feature = "sentry"))]
impl super::Builder {
    pub(crate) fn configured_span_exporter(
        mut self,
        make: impl FnOnce(&Settings, Stopping) -> Result<Box<dyn SpanExporter>, String> + Send + 'static,
    ) -> Self {
        self.traces.configured.push(Box::new(make));
        self
    }
}
