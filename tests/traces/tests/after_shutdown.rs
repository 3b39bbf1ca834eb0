//! L18: what comes after shutdown. By itself, since its subscriber is that of the process.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex, PoisonError};

use arc_obs::track_tool;
use arc_obs_trace_tests::{dropped, tracing};
use opentelemetry::global;
use opentelemetry::trace::Tracer;
use tracing_subscriber::fmt::writer::MakeWriterExt;
use tracing_subscriber::layer::SubscriberExt;

#[track_tool("search")]
fn search() {}

/// Says what it is told, at the level of warnings.
#[derive(Clone, Default)]
struct Warnings(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Warnings {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_comes_after_shutdown_does_nothing_and_is_counted_and_told_once() {
    let warnings = Warnings::default();
    let writer = warnings.clone();
    let writer = (move || writer.clone()).with_max_level(tracing::Level::WARN);
    let logs = tracing_subscriber::fmt::layer().with_writer(writer);
    let subscriber = tracing_subscriber::registry().with(arc_obs::layer()).with(logs);
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let open = tracing::info_span!("before init").entered();
    let tracing = tracing();
    search();
    assert_eq!(tracing.end().len(), 1);
    assert_eq!(dropped("after_shutdown"), 0);
    for _ in 0..5 {
        search();
    }
    global::tracer("shop").in_span("look", |_| ());
    drop(open);
    assert_eq!(dropped("after_shutdown"), 6);
    let said = String::from_utf8(warnings.0.lock().unwrap().clone()).unwrap();
    assert_eq!(said.matches("after shutdown").count(), 1, "{said}");
}
