//! The task that hands spans to the exporters, and each exporter's own.

use std::future::{Future, poll_fn};
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time;

use super::finish::finish;
use super::tell::{Severity, Tell, Troubles};
use super::{ExportError, Exporting, Gate, Span, SpanExporter, SpanStatus, patience};
use crate::self_telemetry::{self, ExportCounts, SpanDrop};
use crate::semconv::Conventions;
use crate::settings::Resource;
use crate::trace::queue::{self, Queue};

/// An exporter that panics or hangs so often in a row is left alone for a while.
const MOST_FAULTS: u32 = 5;

/// For how long.
const REST: Duration = Duration::from_secs(60);

/// Says by when everything is to have ended, when it is to.
pub(crate) type Stopping = watch::Receiver<Option<time::Instant>>;

/// What is exported, where to, and how.
pub(crate) struct Export {
    pub(crate) queue: Arc<Queue>,
    pub(crate) exporters: Vec<Box<dyn SpanExporter>>,
    pub(crate) resource: Resource,
    pub(crate) conventions: Conventions,
    /// What every span passes through before any exporter.
    pub(crate) gate: Gate,
    /// How long a span waits at most for others.
    pub(crate) delay: Duration,
    /// How many spans a batch has at most.
    pub(crate) batch: usize,
    /// How many spans wait at most for one exporter.
    pub(crate) capacity: usize,
    /// How long an exporter may take for a batch, tries included.
    pub(crate) timeout: Duration,
    /// Tells who runs the program what is lost.
    pub(crate) tell: Tell,
    /// Tells exporters that wait to try again by when everything is to have ended.
    pub(crate) stopping: watch::Sender<Option<time::Instant>>,
}

/// Exports until `stop` says when to have ended, or its sender is gone.
pub(crate) async fn run(mut export: Export, mut stop: oneshot::Receiver<Instant>) {
    let resource = Arc::new(export.gate.resource(&export.resource));
    let mut lines: Vec<Line> = Vec::new();
    for exporter in std::mem::take(&mut export.exporters) {
        let says = |who| Troubles::new(who, export.tell).redacting(export.gate.redaction().clone());
        lines.push(Line::start(exporter, Arc::clone(&resource), export.timeout, export.capacity, says));
    }
    let mut overflow = Overflow::new(export.tell);
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
        hand_out(&export, &lines);
        overflow.look();
        if let Some(deadline) = stopped {
            break deadline;
        }
    };
    // Who waits for us has the same deadline: what is left then is to be counted before it.
    let left = deadline.saturating_duration_since(Instant::now());
    let deadline = deadline.checked_sub((left / 10).min(Duration::from_millis(100))).unwrap_or(deadline);
    export.stopping.send_replace(Some(deadline.into()));
    for line in lines {
        line.end(deadline).await;
    }
}

/// Gives all that wait to each exporter.
fn hand_out(Export { queue, gate, batch: most, conventions, .. }: &Export, lines: &[Line]) {
    let finished = queue.take().into_iter().map(|ended| finish(*ended, *conventions));
    let mut spans = finished.filter_map(|span| gate.pass(span)).peekable();
    while spans.peek().is_some() {
        let batch: Arc<[Span]> = spans.by_ref().take((*most).max(1)).collect();
        let bytes = batch.iter().map(bytes).sum();
        for line in lines {
            line.give(Arc::clone(&batch), bytes);
        }
        self_telemetry::spans_delivered(batch.len() as u64);
    }
}

/// How much memory a span holds.
fn bytes(span: &Span) -> usize {
    let status = if let SpanStatus::Error(message) = &span.status { message.len() } else { 0 };
    size_of_val(span)
        + span.name.len()
        + status
        + queue::said(&span.attributes, &span.events)
        + size_of_val(&*span.links)
}

const TOO_MANY_BYTES: &str = "what waits has more than 32 KiB a span, and 64 MiB in all: say less in fields and events, or \
    hold more spans (`OTEL_BSP_MAX_QUEUE_SIZE`)";

/// Tells of spans that ended faster than they were taken out of the queue.
struct Overflow {
    troubles: Troubles,
    counted: [u64; 2],
}

impl Overflow {
    fn new(tell: Tell) -> Self {
        Self { troubles: Troubles::new("the queue of spans".to_owned(), tell), counted: Self::count() }
    }

    /// For want of room for so many, and for so many bytes.
    fn count() -> [u64; 2] {
        let (.., dropped) = self_telemetry::spans();
        let count = |sought| dropped.iter().find(|(reason, _)| *reason == sought).map_or(0, |(_, spans)| *spans);
        [count(SpanDrop::QueueFull), count(SpanDrop::QueueBytes)]
    }

    fn look(&mut self) {
        let before = std::mem::replace(&mut self.counted, Self::count());
        let [many, large] = [0, 1].map(|of| self.counted[of] - before[of]);
        if many > 0 {
            self.troubles.lost(many, Severity::Warn, "more ended at once than it holds (`OTEL_BSP_MAX_QUEUE_SIZE`)");
        }
        if large > 0 {
            self.troubles.lost(large, Severity::Warn, TOO_MANY_BYTES);
        }
        if many + large == 0 {
            self.troubles.over();
        }
    }
}

/// One exporter, with the batches that wait for it.
pub(super) struct Line {
    pub(super) counts: &'static ExportCounts,
    batches: mpsc::UnboundedSender<(Arc<[Span]>, usize)>,
    /// How many spans wait or are under way, and how many bytes.
    waiting: Arc<[AtomicUsize; 2]>,
    /// How many it has taken and keeps back.
    held: Arc<AtomicUsize>,
    capacity: usize,
    troubles: Arc<Troubles>,
    task: JoinHandle<()>,
}

impl Line {
    pub(super) fn start(
        exporter: Box<dyn SpanExporter>,
        resource: Arc<Resource>,
        timeout: Duration,
        capacity: usize,
        troubles: impl FnOnce(String) -> Troubles,
    ) -> Self {
        let counts = ExportCounts::of(caught(|| exporter.name()).unwrap_or("unnamed"));
        let (batches, mut given) = mpsc::unbounded_channel();
        let waiting = Arc::<[AtomicUsize; 2]>::default();
        let under_way = Arc::clone(&waiting);
        let troubles = Arc::new(troubles(format!("the exporter `{}`", counts.exporter)));
        let told = Arc::clone(&troubles);
        let held = Arc::new(AtomicUsize::new(0));
        let keeps = Arc::clone(&held);
        let mut exporting =
            Guarded { exporter, resource, timeout, held: 0, faults: 0, rests_until: None, is_over: false };
        let task = tokio::spawn(async move {
            while let Some((batch, bytes)) = given.recv().await.or_else(|| Some((exporting.last()?, 0))) {
                let given = batch.len();
                let (settled, result) = exporting.settle(batch).await;
                match result {
                    Ok(()) => {
                        counts.delivered(settled as u64);
                        told.over();
                    }
                    Err(error) => {
                        let lost = error.spans.unwrap_or(settled).min(settled);
                        counts.dropped(error.reason, lost as u64);
                        counts.delivered((settled - lost) as u64);
                        match error.reason {
                            _ if lost == 0 => told.said(&error.message),
                            SpanDrop::Auth => told.lost(lost as u64, Severity::Error, &error.message),
                            _ => told.lost(lost as u64, Severity::Warn, &error.message),
                        }
                    }
                }
                keeps.store(exporting.held, Ordering::Relaxed);
                under_way[0].fetch_sub(given, Ordering::Relaxed);
                under_way[1].fetch_sub(bytes, Ordering::Relaxed);
            }
            // Its destructor is the user's, too.
            let _ = caught(|| drop(exporting));
        });
        Self { counts, batches, waiting, held, capacity, troubles, task }
    }

    /// Gives it a batch of so many bytes.
    pub(super) fn give(&self, batch: Arc<[Span]>, bytes: usize) {
        let spans = batch.len();
        self.counts.accepted(spans as u64);
        let [waiting, waiting_bytes] = self.waiting.each_ref().map(|count| count.load(Ordering::Relaxed));
        let refused = if waiting + spans > self.capacity {
            Some((SpanDrop::QueueFull, "it does not take them as fast as they come (`OTEL_BSP_MAX_QUEUE_SIZE`)"))
        } else if waiting > 0 && waiting_bytes.saturating_add(bytes) > queue::most_bytes(self.capacity) {
            Some((SpanDrop::QueueBytes, TOO_MANY_BYTES))
        } else {
            None
        };
        if let Some((reason, why)) = refused {
            self.counts.dropped(reason, spans as u64);
            self.troubles.lost(spans as u64, Severity::Warn, why);
            return;
        }
        self.waiting[0].fetch_add(spans, Ordering::Relaxed);
        self.waiting[1].fetch_add(bytes, Ordering::Relaxed);
        // Its task ends only after us; if it did not, what waits is counted at the end.
        let _ = self.batches.send((batch, bytes));
    }

    pub(super) async fn end(self, deadline: Instant) {
        drop(self.batches);
        let abort = self.task.abort_handle();
        let in_time = time::timeout_at(deadline.into(), self.task).await.is_ok();
        abort.abort();
        let left = (self.waiting[0].load(Ordering::Relaxed) + self.held.load(Ordering::Relaxed)) as u64;
        if left > 0 {
            self.counts.dropped(SpanDrop::Shutdown, left);
            let why = if in_time {
                "it kept them back to the end"
            } else {
                "they had not left when the time of the shutdown was over"
            };
            self.troubles.lost(left, Severity::Warn, why);
        }
    }
}

/// What code of the user's gives; `None` where it panics.
fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    // What it panicked with may panic in turn when it is dropped.
    std::panic::catch_unwind(AssertUnwindSafe(run)).map_err(std::mem::forget).ok()
}

/// An exporter, whatever it does.
struct Guarded {
    exporter: Box<dyn SpanExporter>,
    resource: Arc<Resource>,
    timeout: Duration,
    /// How many spans it has taken and keeps back.
    held: usize,
    /// How often it has panicked or hung in a row.
    faults: u32,
    rests_until: Option<time::Instant>,
    is_over: bool,
}

impl Guarded {
    /// What is given to one that keeps spans back, when there will be no others.
    fn last(&mut self) -> Option<Arc<[Span]>> {
        let is_first = !std::mem::replace(&mut self.is_over, true);
        (is_first && self.held > 0).then(|| Arc::from([]))
    }

    /// Takes a batch away, and says of how many spans it is known by now what has become of them:
    /// of no more than it was given, whatever the exporter says that it holds.
    async fn settle(&mut self, batch: Arc<[Span]>) -> (usize, Result<(), ExportError>) {
        let open = self.held + batch.len();
        let mut result = self.export(batch).await;
        let held = caught(|| self.exporter.held());
        if held.is_none() {
            // Nobody knows of any by now.
            result = Err(ExportError::new("it panicked when it was asked how many spans it holds"));
        }
        self.held = held.map_or(0, |held| held.min(open));
        (open - self.held, result)
    }

    /// One batch, within its time; or none, while it is left alone.
    async fn export(&mut self, batch: Arc<[Span]>) -> Result<(), ExportError> {
        if self.rests_until.is_some_and(|until| time::Instant::now() < until) {
            let message = format!("it is left alone for {REST:?}, after it failed {} times in a row", self.faults);
            return Err(ExportError::new(message));
        }
        match self.tried(batch).await {
            Ok(result) => {
                self.faults = 0;
                result
            }
            Err(fault) => {
                self.faults += 1;
                self.rests_until = (self.faults >= MOST_FAULTS).then(|| time::Instant::now() + REST);
                Err(fault)
            }
        }
    }

    /// What it says; an error where it panicked or took too long.
    async fn tried(&mut self, batch: Arc<[Span]>) -> Result<Result<(), ExportError>, ExportError> {
        let (exporter, resource) = (&mut self.exporter, &self.resource);
        let panicked = || ExportError::new("it panicked");
        let Some(exporting) = caught(|| exporter.export(batch, resource)) else { return Err(panicked()) };
        let mut exporting = UnderWay(Some(exporting));
        let guarded = poll_fn(|context| exporting.poll(context).map(|result| result.ok_or_else(panicked)));
        let timeout = self.timeout;
        patience::within(timeout, guarded).await.unwrap_or_else(|| {
            let message = format!("it took longer than {timeout:?}");
            Err(ExportError { reason: SpanDrop::Timeout, message, spans: None })
        })
    }
}

/// What an exporter does with a batch. Its destructor runs where the time for it is over, and may
/// panic, too.
struct UnderWay<'a>(Option<Exporting<'a>>);

impl UnderWay<'_> {
    /// `None` where it panics.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<(), ExportError>>> {
        let Some(exporting) = &mut self.0 else { return Poll::Ready(None) };
        caught(|| exporting.as_mut().poll(context)).map_or(Poll::Ready(None), |poll| poll.map(Some))
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let _ = caught(|| drop(self.0.take()));
    }
}

/// Counts what was never handed out, when nothing exports any more.
pub(crate) fn abandon(queue: &Queue) {
    let left = queue.close().len();
    if left > 0 {
        self_telemetry::span_lost(SpanDrop::Shutdown, left as u64);
    }
}
