//! Starting and ending traces: what makes them, what exports them, and the subscriber.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

#[cfg(feature = "otlp")]
use crate::error::{InitError, InitErrorKind};
#[cfg(feature = "otlp")]
use crate::export::otlp::{OtlpSpans, Signal};
use crate::export::{self, Export, Gate, SpanExporter, Tell};
use crate::instrument::set_content_mode;
use crate::propagation::{Propagator, set_propagators};
use crate::redact::{Redaction, set_current};
use crate::semconv::Conventions;
use crate::settings::{ContentCapture, ENABLED, Resource, Settings};
use crate::trace::engine::{self, Engine, SpanLimits};
use crate::trace::queue::Queue;
use crate::trace::sampler::Sampler;
use crate::trace::{Sampling, own_subscriber};

use super::io::Task;
use super::notice;

/// What the builder is told of traces.
#[derive(Default)]
pub(super) struct Traces {
    pub(super) exporters: Vec<Box<dyn SpanExporter>>,
    pub(super) redaction: Redaction,
    /// Whether operations that others tell of count as ours.
    pub(super) adopts: bool,
    pub(super) content: Option<ContentCapture>,
    pub(super) sampling: Option<Sampling>,
    /// Tells exporters that wait to try again by when everything is to have ended.
    pub(super) stopping: watch::Sender<Option<tokio::time::Instant>>,
    #[cfg(feature = "otlp")]
    pub(super) otlp: Vec<crate::export::Otlp>,
    /// Those that the environment has a say in, made when that has been read.
    pub(super) configured: Vec<super::configured::Configured>,
    pub(super) propagators: Option<Vec<Propagator>>,
    pub(super) conventions: Option<Conventions>,
}

/// As OpenTelemetry presets them.
const DELAY: Duration = Duration::from_secs(5);
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
const CAPACITY: usize = 2_048;
const BATCH: usize = 512;

/// Traces are made, from `install` to shutdown.
pub(super) struct Tracing {
    queue: Arc<Queue>,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.exporters.iter().map(|exporter| exporter.name()).collect();
        f.debug_struct("Traces").field("exporters", &names).field("redaction", &self.redaction).finish()
    }
}

impl Traces {
    /// Adds the exporters to receivers of OTLP.
    ///
    /// # Errors
    ///
    /// If what the builder was told of one cannot be used.
    #[cfg(feature = "otlp")]
    pub(super) fn add_otlp(&mut self, settings: &Settings) -> Result<(), InitError> {
        let timeout = settings.traces.timeout.unwrap_or(TIMEOUT);
        for target in super::otlp::targets(&self.otlp, settings, Signal::Traces, &self.redaction)? {
            let exporter = OtlpSpans::new(target, timeout, self.stopping.subscribe())
                .map_err(|error| InitError::new(InitErrorKind::Otlp { why: error.to_string() }))?;
            self.exporters.push(Box::new(exporter));
        }
        Ok(())
    }

    /// Makes traces, where anything is to be exported, and says what is to be done for it on the
    /// I/O thread.
    pub(super) fn start(mut self, settings: &Settings, resource: &Resource, tasks: &mut Vec<Task>) -> Option<Tracing> {
        self.make_configured(settings);
        let conventions = self.conventions.or(settings.traces.conventions).unwrap_or_default();
        #[cfg(feature = "otlp")]
        crate::metrics::genai::set_conventions(conventions);
        // Also where nothing is made here: what comes in goes on.
        set_propagators(self.propagators.as_deref().or(settings.propagators.as_deref()));
        if self.adopts && ENABLED && !settings.disabled {
            crate::adopt::begin();
            subscribe();
        }
        if settings.disabled || self.exporters.is_empty() {
            return None;
        }
        let said = &settings.traces;
        let capacity = said.queue.unwrap_or(CAPACITY);
        let batch = said.batch.unwrap_or(BATCH).min(capacity);
        let sampler = said.sampler.as_ref();
        let sampling = self
            .sampling
            .or_else(|| sampler.and_then(|(name, arg)| Sampler::parse(name, arg.as_deref()).map(Sampling::from)));
        let queue = Arc::new(Queue::new(capacity, batch));
        let limits = SpanLimits::of(settings.limits);
        set_content_mode(self.content.or(settings.content));
        set_current(self.redaction.clone());
        let export = Export {
            queue: Arc::clone(&queue),
            exporters: self.exporters,
            resource: resource.clone(),
            conventions,
            gate: Gate::new(self.redaction, limits),
            delay: said.delay.unwrap_or(DELAY),
            batch,
            capacity,
            timeout: said.timeout.unwrap_or(TIMEOUT),
            stopping: self.stopping,
            tell: Tell { info: notice::info, warn: notice::warn, error: notice::error },
        };
        let engine = Engine::new(sampling.unwrap_or_default(), limits, Arc::clone(&queue));
        tasks.push(Box::new(move |stop| Box::pin(export::run(export, stop))));
        engine::install(Arc::new(engine));
        subscribe();
        Some(Tracing { queue })
    }
}

impl Tracing {
    /// Nothing that begins from now on is part of a trace.
    pub(super) fn stop(&self) {
        engine::stop(notice::warn);
    }
}

impl Drop for Tracing {
    fn drop(&mut self) {
        self.stop();
        // The thread has ended, or its time is over.
        export::abandon(&self.queue);
    }
}

/// Hears the spans of a program that has no subscriber.
fn subscribe() {
    if notice::is_anybody_subscribed() {
        return;
    }
    // One that was set meanwhile stays.
    let _ = tracing::subscriber::set_global_default(own_subscriber());
}
