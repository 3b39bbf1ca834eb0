//! What leaves the process of traces: spans as they are exported, and exporters of your own.
//!
//! [`Builder::span_exporter`](crate::Builder::span_exporter) adds one, and
//! [`Builder::conventions`](crate::Builder::conventions) chooses the names.
//!
//! # Errors on spans
//!
//! Whatever the convention, an operation that did not succeed has a `status`, an `error.type` and,
//! where its error shows itself, an `error.message` of at most 4096 bytes: of errors that
//! implement [`std::error::Error`] (or lend one, as `anyhow::Error` and boxed ones do) and of
//! text what their `Display` writes, of others nothing. Nobody asks an error whose span is not
//! recorded, but where metrics are sent by OTLP, which have its `error.type`, too. The message is the
//! description of the span's status.
//!
//! `error.type` is one of a closed list, or else the name of the error's type:
//!
//! | `error.type` | what it is |
//! |---|---|
//! | `timeout` | the operation's status is `timeout`; a 408 or 504 |
//! | `rate_limited` | a rate limit or a quota is used up; a 429 |
//! | `context_length_exceeded` | the prompt is longer than the model takes |
//! | `content_filter` | the provider held the prompt or the answer back |
//! | `auth` | the key is missing, wrong or may not; a 401, 403 or 407 |
//! | `overloaded` | the provider cannot serve now; a 503 or 529 |
//! | `cancelled` | the operation's future or stream was dropped, or what it waited for was cancelled |
//! | `500`, … | a request that was answered with this status and has no error |
//! | `_OTHER` | it panicked, or nothing is known |
//!
//! They are found by the name of the error's type, then by the words of its message, then by
//! those of its causes, the first eight: by the codes that providers use (`rate_limit_exceeded`,
//! `ThrottlingException`), by the sentences that go with them, and by a status of HTTP where
//! the words before it (`status`, `HTTP`, `code`) say that it is one. An error that quotes such
//! words is taken for one that says them.
//!
//! # What is counted
//!
//! Each exporter, and the queue in which all spans wait before any exporter (`exporter="queue"`),
//! has three families, by `signal` and `exporter`: `arc_obs_export_accepted_total`,
//! `arc_obs_export_delivered_total` and, by `reason`, `arc_obs_export_dropped_total`. Whatever is
//! dropped was accepted before, also what found no room. When a program has shut down, what was
//! accepted is delivered or dropped, each span once; until then the rest is under way. Of the
//! queue, delivered is what was given to the exporters.
//!
//! The queue, and what waits for each exporter, is bounded by a number of spans
//! (`OTEL_BSP_MAX_QUEUE_SIZE`; what is more is dropped as `queue_full`), and by 32 KiB for each of
//! so many spans, 64 MiB at least (`queue_bytes`).

mod content;
mod finish;
mod gate;
#[cfg(feature = "otlp")]
pub(crate) mod metrics;
#[cfg(feature = "otlp")]
pub(crate) mod otlp;
mod patience;
mod span;
mod tell;
mod worker;
#[cfg(test)]
mod worker_tests;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::self_telemetry::SpanDrop;
use crate::settings::Resource;

pub use crate::operation::{FieldValue, SpanId, TraceId};
pub use crate::trace::ended::{SpanEvent, SpanKind, SpanLink, SpanStatus};
pub(crate) use gate::Gate;
#[cfg(feature = "otlp")]
pub(crate) use gate::redacted;
#[cfg(feature = "otlp")]
#[cfg_attr(docsrs, doc(cfg(feature = "otlp")))]
pub use otlp::Otlp;
#[cfg(any(feature = "datadog", feature = "sentry"))]
pub(crate) use patience::pauses;
pub use span::Span;
pub(crate) use tell::Tell;
pub(crate) use worker::Stopping;
pub(crate) use worker::{Export, abandon, run};

/// What [`SpanExporter::export`] returns.
pub type Exporting<'a> = Pin<Box<dyn Future<Output = Result<(), ExportError>> + Send + 'a>>;

/// Takes spans that have ended somewhere else, a batch at a time.
///
/// It runs on the thread of arc-obs that does I/O, in a tokio runtime of that thread's: it may
/// take its time, for each exporter has a bounded queue of its own, but must not block. One that
/// panics has lost its batch, and is called again with the next.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use arc_obs::export::{Exporting, Span, SpanExporter};
/// use arc_obs::Resource;
///
/// #[derive(Clone, Default)]
/// struct Names(Arc<Mutex<Vec<String>>>);
///
/// impl SpanExporter for Names {
///     fn name(&self) -> &'static str {
///         "names"
///     }
///
///     fn export<'a>(&'a mut self, batch: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
///         Box::pin(async move {
///             self.0.lock().unwrap().extend(batch.iter().map(|span| span.name.to_string()));
///             Ok(())
///         })
///     }
/// }
///
/// # #[arc_obs::track_tool("search")] fn search() {}
/// let names = Names::default();
/// let obs = arc_obs::builder().service_name("shop").no_server().span_exporter(names.clone()).install()?;
/// search();
/// obs.shutdown_blocking(std::time::Duration::from_secs(5)).unwrap();
/// assert_eq!(*names.0.lock().unwrap(), ["execute_tool search"]);
/// # Ok::<(), arc_obs::InitError>(())
/// ```
pub trait SpanExporter: Send + 'static {
    /// The name under which `arc_obs_*` counts what it does; the same for all of its kind.
    fn name(&self) -> &'static str;

    /// Takes a batch away. Each is given once, whatever becomes of it: who wants to try again does
    /// so in here.
    fn export<'a>(&'a mut self, batch: Arc<[Span]>, resource: &'a Resource) -> Exporting<'a>;

    /// How many spans it has taken and keeps back, until it knows more: none, unless it says so.
    /// They do not count as delivered yet. At the end, one that keeps any is given a batch with
    /// none, and that is the last.
    fn held(&self) -> usize {
        0
    }
}

/// Why a batch, or a part of it, did not arrive.
#[derive(Debug)]
pub struct ExportError {
    pub(crate) reason: SpanDrop,
    pub(crate) message: String,
    /// Of how many spans, where it is not all of them.
    pub(crate) spans: Option<usize>,
}

impl ExportError {
    /// The whole batch is lost, for this reason, in words for who runs the program.
    ///
    /// ```
    /// let error = arc_obs::export::ExportError::new("the disk is full");
    /// assert_eq!(error.to_string(), "the disk is full");
    /// ```
    pub fn new(message: impl Into<String>) -> Self {
        Self { reason: SpanDrop::Failed, message: message.into(), spans: None }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExportError {}
