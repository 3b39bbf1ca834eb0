//! Starting and ending traces: what makes them, what exports them, and the subscriber.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::export::{self, Export, SpanExporter};
use crate::semconv::Conventions;
use crate::settings::{Resource, Settings};
use crate::trace::Sampling;
use crate::trace::engine::{self, Engine, SpanLimits};
use crate::trace::queue::Queue;

use super::io::Task;
use super::notice;

/// What the builder is told of traces.
#[derive(Default)]
pub(super) struct Traces {
    pub(super) exporters: Vec<Box<dyn SpanExporter>>,
    pub(super) conventions: Option<Conventions>,
    pub(super) sampling: Option<Sampling>,
}

/// Traces are made, from `install` to shutdown.
pub(super) struct Tracing {
    queue: Arc<Queue>,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.exporters.iter().map(|exporter| exporter.name()).collect();
        f.debug_struct("Traces").field("exporters", &names).finish()
    }
}

impl Traces {
    /// Makes traces, where anything is to be exported, and says what is to be done for it on the
    /// I/O thread.
    pub(super) fn start(self, settings: &Settings, resource: &Resource, tasks: &mut Vec<Task>) -> Option<Tracing> {
        if settings.disabled || self.exporters.is_empty() {
            return None;
        }
        // As OpenTelemetry presets them.
        let (capacity, batch) = (2_048, 512);
        let queue = Arc::new(Queue::new(capacity, batch));
        let export = Export {
            queue: Arc::clone(&queue),
            exporters: self.exporters,
            resource: resource.clone(),
            conventions: self.conventions.unwrap_or_default(),
            delay: Duration::from_secs(5),
            batch,
            capacity,
            timeout: Duration::from_secs(30),
            warn: notice::warn,
        };
        let engine = Engine::new(self.sampling.unwrap_or_default(), SpanLimits::default(), Arc::clone(&queue));
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
    let _ = tracing::subscriber::set_global_default(crate::trace::own_subscriber());
}
