//! What the tests of traces have in common.

pub mod canaries;
pub mod child;
pub mod collector;
mod counts;
pub mod heard;
pub mod runtimes;
pub mod scripted;
pub mod tls;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_obs::export::{Exporting, Span, SpanExporter};
use arc_obs::{Builder, Observability, Resource};

pub use counts::{counted, dropped};

/// An exporter that keeps what it is given.
#[derive(Clone, Debug, Default)]
pub struct Spans(Arc<Mutex<Vec<Span>>>);

impl SpanExporter for Spans {
    fn name(&self) -> &'static str {
        "test"
    }

    fn export<'a>(&'a mut self, batch: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(batch.iter().cloned());
        Box::pin(async { Ok(()) })
    }
}

/// A process has one `init`: tests that need it take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Waits until no other test has what a process has one of.
pub fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Traces that are being made, for one test.
#[derive(Debug)]
pub struct Tracing {
    obs: Observability,
    spans: Spans,
    turn: MutexGuard<'static, ()>,
}

/// Makes traces, with the presets.
#[must_use]
pub fn tracing() -> Tracing {
    tracing_with(|builder| builder)
}

/// Makes traces, as the builder is told to.
///
/// # Panics
///
/// If that cannot be started.
#[must_use]
pub fn tracing_with(change: impl FnOnce(Builder) -> Builder) -> Tracing {
    let turn = turn();
    let spans = Spans::default();
    let builder = arc_obs::builder().service_name("tests").no_server().span_exporter(spans.clone());
    let obs = change(builder).install().expect("nothing else runs");
    Tracing { obs, spans, turn }
}

impl Tracing {
    /// What is being observed.
    pub fn obs(&self) -> &Observability {
        &self.obs
    }

    /// Ends, and hands back what was exported, in the order in which the spans ended.
    ///
    /// # Panics
    ///
    /// If it does not end in ten seconds.
    #[must_use]
    pub fn end(self) -> Vec<Span> {
        self.end_and_stay().0
    }

    /// [`end`](Self::end), for what is looked at afterwards: until the second is dropped, it is still
    /// this test's turn.
    ///
    /// # Panics
    ///
    /// As [`end`](Self::end).
    pub fn end_and_stay(self) -> (Vec<Span>, MutexGuard<'static, ()>) {
        self.obs.shutdown_blocking(Duration::from_secs(10)).expect("nothing keeps it");
        let spans = std::mem::take(&mut *self.spans.0.lock().unwrap_or_else(PoisonError::into_inner));
        (spans, self.turn)
    }
}

/// The span of this name, of which there is one.
///
/// # Panics
///
/// If there is none, or more than one.
#[must_use]
pub fn one<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    let names: Vec<_> = spans.iter().map(|span| &span.name).collect();
    assert_eq!(found.len(), 1, "`{name}` among {names:?}");
    found[0]
}
