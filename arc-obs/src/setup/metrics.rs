//! Metrics that are exported: where to, and how often.

use std::time::Duration;

use tokio::sync::watch;

use crate::error::{InitError, InitErrorKind};
use crate::export::Tell;
use crate::export::metrics::{self, MetricsExport, OtlpMetrics};
use crate::export::otlp::{Otlp, Signal};
use crate::redact::Redaction;
use crate::settings::{Resource, Settings};

use super::io::Task;
use super::{notice, otlp};

/// As OpenTelemetry presets them.
const INTERVAL: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(30);

/// What is to be done for it on the I/O thread: nothing, unless a receiver is named.
///
/// # Errors
///
/// If what the builder was told of one cannot be used.
pub(super) fn tasks(
    given: &[Otlp],
    settings: &Settings,
    resource: &Resource,
    redaction: &Redaction,
) -> Result<Vec<Task>, InitError> {
    let mut tasks: Vec<Task> = Vec::new();
    let targets = otlp::targets(given, settings, Signal::Metrics, redaction)?;
    if targets.is_empty() {
        return Ok(tasks);
    }
    let temporality = settings.metrics.temporality.unwrap_or_default();
    let before = metrics::told_before(temporality);
    for target in targets {
        let (stopping, told) = watch::channel(None);
        let sender = OtlpMetrics::new(target, told)
            .map_err(|error| InitError::new(InitErrorKind::Otlp { why: error.to_string() }))?;
        let said = &settings.metrics;
        let export = MetricsExport {
            sender: Box::new(sender),
            resource: resource.clone(),
            temporality,
            told: before.clone(),
            interval: said.interval.unwrap_or(INTERVAL),
            timeout: said.timeout.unwrap_or(TIMEOUT),
            tell: Tell { info: notice::info, warn: notice::warn, error: notice::error },
            stopping,
        };
        tasks.push(Box::new(move |stop| Box::pin(metrics::run(export, stop))));
    }
    Ok(tasks)
}
