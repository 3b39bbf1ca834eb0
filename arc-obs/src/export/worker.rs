//! The task that hands spans to the exporters, and each exporter's own.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time;

use super::finish::finish;
use super::{Span, SpanExporter};
use crate::self_telemetry::{self, ExportCounts, SpanDrop};
use crate::semconv::Conventions;
use crate::settings::Resource;
use crate::trace::queue::Queue;

/// What is exported, where to, and how.
pub(crate) struct Export {
    pub(crate) queue: Arc<Queue>,
    pub(crate) exporters: Vec<Box<dyn SpanExporter>>,
    pub(crate) resource: Resource,
    pub(crate) conventions: Conventions,
    /// How long a span waits at most for others.
    pub(crate) delay: Duration,
    /// How many spans a batch has at most.
    pub(crate) batch: usize,
    /// How many spans wait at most for one exporter.
    pub(crate) capacity: usize,
    /// How long an exporter may take for a batch, tries included.
    pub(crate) timeout: Duration,
    /// Tells of a failure, in words for who runs the program.
    pub(crate) warn: fn(&str),
}

/// Exports until `stop` says when to have ended, or its sender is gone.
pub(crate) async fn run(export: Export, mut stop: oneshot::Receiver<Instant>) {
    let resource = Arc::new(export.resource);
    let mut lines: Vec<Line> = Vec::new();
    for exporter in export.exporters {
        lines.push(Line::start(exporter, Arc::clone(&resource), export.timeout, export.capacity, export.warn));
    }
    let deadline = loop {
        let stopped = {
            let mut filled = pin!(export.queue.filled());
            let mut late = pin!(time::sleep(export.delay));
            poll_fn(|context| {
                if let Poll::Ready(stopped) = Pin::new(&mut stop).poll(context) {
                    return Poll::Ready(Some(stopped.unwrap_or_else(|_| Instant::now())));
                }
                if filled.as_mut().poll(context).is_ready() || late.as_mut().poll(context).is_ready() {
                    return Poll::Ready(None);
                }
                Poll::Pending
            })
            .await
        };
        hand_out(&export.queue, &lines, export.batch, export.conventions);
        if let Some(deadline) = stopped {
            break deadline;
        }
    };
    for line in lines {
        line.end(deadline).await;
    }
}

/// Gives all that wait to each exporter.
fn hand_out(queue: &Queue, lines: &[Line], most: usize, conventions: Conventions) {
    let mut spans = queue.take().into_iter().map(|ended| finish(ended, conventions)).peekable();
    while spans.peek().is_some() {
        let batch: Arc<[Span]> = spans.by_ref().take(most.max(1)).collect();
        for line in lines {
            line.give(Arc::clone(&batch));
        }
    }
}

/// One exporter, with the batches that wait for it.
struct Line {
    counts: &'static ExportCounts,
    batches: mpsc::UnboundedSender<Arc<[Span]>>,
    /// How many spans wait or are under way.
    waiting: Arc<AtomicUsize>,
    capacity: usize,
    task: JoinHandle<()>,
}

impl Line {
    fn start(
        mut exporter: Box<dyn SpanExporter>,
        resource: Arc<Resource>,
        timeout: Duration,
        capacity: usize,
        warn: fn(&str),
    ) -> Self {
        let counts = ExportCounts::of(exporter.name());
        let (batches, mut given) = mpsc::unbounded_channel::<Arc<[Span]>>();
        let waiting = Arc::new(AtomicUsize::new(0));
        let under_way = Arc::clone(&waiting);
        let task = tokio::spawn(async move {
            while let Some(batch) = given.recv().await {
                let spans = batch.len();
                match export(&mut *exporter, batch, &resource, timeout).await {
                    Ok(()) => counts.delivered(spans as u64),
                    Err(error) => {
                        let lost = error.spans.unwrap_or(spans).min(spans);
                        counts.dropped(error.reason, lost as u64);
                        counts.delivered((spans - lost) as u64);
                        warn(&format!("the exporter `{}` lost {lost} spans: {error}", counts.exporter));
                    }
                }
                under_way.fetch_sub(spans, Ordering::Relaxed);
            }
        });
        Self { counts, batches, waiting, capacity, task }
    }

    fn give(&self, batch: Arc<[Span]>) {
        let spans = batch.len();
        self.counts.accepted(spans as u64);
        if self.waiting.load(Ordering::Relaxed) + spans > self.capacity {
            self.counts.dropped(SpanDrop::QueueFull, spans as u64);
            return;
        }
        self.waiting.fetch_add(spans, Ordering::Relaxed);
        // Its task ends only after us.
        let _ = self.batches.send(batch);
    }

    async fn end(self, deadline: Instant) {
        drop(self.batches);
        let abort = self.task.abort_handle();
        if time::timeout_at(deadline.into(), self.task).await.is_err() {
            abort.abort();
            let left = self.waiting.load(Ordering::Relaxed);
            self.counts.dropped(SpanDrop::Shutdown, left as u64);
        }
    }
}

/// One batch, within its time, whatever the exporter does.
async fn export(
    exporter: &mut dyn SpanExporter,
    batch: Arc<[Span]>,
    resource: &Resource,
    timeout: Duration,
) -> Result<(), super::ExportError> {
    let failed = |reason, message: String| super::ExportError { reason, message, spans: None };
    let made = std::panic::catch_unwind(AssertUnwindSafe(|| exporter.export(batch, resource)));
    let Ok(mut exporting) = made else { return Err(failed(SpanDrop::Failed, "it panicked".to_owned())) };
    let guarded =
        poll_fn(|context| match std::panic::catch_unwind(AssertUnwindSafe(|| exporting.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => Poll::Ready(Err(failed(SpanDrop::Failed, "it panicked".to_owned()))),
        });
    match time::timeout(timeout, guarded).await {
        Ok(result) => result,
        Err(_) => Err(failed(SpanDrop::Timeout, format!("it took longer than {timeout:?}"))),
    }
}

/// Counts what was never handed out, when nothing exports any more.
pub(crate) fn abandon(queue: &Queue) {
    let left = queue.close().len();
    if left > 0 {
        self_telemetry::span_dropped(SpanDrop::Shutdown, left as u64);
    }
}
