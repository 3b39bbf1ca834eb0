//! Where spans wait that have ended: bounded, and never waited for.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::ended::EndedSpan;
use crate::self_telemetry::{self, SpanDrop};

/// Spans that wait for the export thread.
#[derive(Debug)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    capacity: usize,
    /// So many are worth waking somebody for before it is time.
    batch: usize,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    spans: VecDeque<EndedSpan>,
    /// Nobody fetches what comes now.
    is_closed: bool,
}

impl Queue {
    pub(crate) fn new(capacity: usize, batch: usize) -> Self {
        let capacity = capacity.max(1);
        Self { waiting: Mutex::default(), capacity, batch: batch.clamp(1, capacity), filled: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a span, or counts that there was no room for it.
    pub(crate) fn push(&self, span: EndedSpan) {
        self_telemetry::span_accepted();
        let mut waiting = self.lock();
        let waited = waiting.spans.len();
        if waiting.is_closed || waited >= self.capacity {
            let why = if waiting.is_closed { SpanDrop::AfterShutdown } else { SpanDrop::QueueFull };
            drop(waiting);
            self_telemetry::span_lost(why, 1);
            return;
        }
        waiting.spans.push_back(span);
        drop(waiting);
        if waited + 1 == self.batch {
            self.filled.notify_one();
        }
    }

    /// All that wait, the oldest first.
    pub(crate) fn take(&self) -> Vec<EndedSpan> {
        std::mem::take(&mut self.lock().spans).into()
    }

    /// The same, and takes no more.
    pub(crate) fn close(&self) -> Vec<EndedSpan> {
        let mut waiting = self.lock();
        waiting.is_closed = true;
        std::mem::take(&mut waiting.spans).into()
    }

    /// Until there is a batch.
    pub(crate) async fn filled(&self) {
        self.filled.notified().await;
    }
}
