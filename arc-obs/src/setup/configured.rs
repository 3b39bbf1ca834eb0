//! Exporters that the environment has a say in: made by `install`, when that has been read.

use tokio::sync::watch;
use tokio::time::Instant;

use crate::export::SpanExporter;
use crate::settings::Settings;

use super::notice;
use super::traces::Traces;

/// Says by when everything is to have ended, when it is to.
pub(crate) type Stopping = watch::Receiver<Option<Instant>>;

/// Makes one of what the environment says, or says why there is none.
pub(super) type Configured = Box<dyn FnOnce(&Settings, Stopping) -> Result<Box<dyn SpanExporter>, String>>;

impl Traces {
    /// Makes them, and tells why one cannot be had: the program goes on without it.
    pub(super) fn make_configured(&mut self, settings: &Settings) {
        let configured = std::mem::take(&mut self.configured);
        if settings.disabled {
            return;
        }
        let made = configured.into_iter().map(|make| make(settings, self.stopping.subscribe()));
        self.exporters.extend(made.filter_map(|made| made.inspect_err(|why| notice::warn(why)).ok()));
    }
}

#[cfg(any(feature = "datadog", feature = "newrelic", feature = "sentry"))]
impl super::Builder {
    pub(crate) fn configured_span_exporter(
        mut self,
        make: impl FnOnce(&Settings, Stopping) -> Result<Box<dyn SpanExporter>, String> + 'static,
    ) -> Self {
        self.traces.configured.push(Box::new(make));
        self
    }
}
