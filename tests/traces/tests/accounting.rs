//! `accepted = delivered + dropped`, of the queue and of each exporter, when all is over.
#![allow(missing_docs)]

use std::sync::{Arc, Mutex, PoisonError};

use arc_obs::Resource;
use arc_obs::export::{ExportError, Exporting, Span, SpanExporter};
use arc_obs::track_agent;
use arc_obs_trace_tests::heard::{counted, counted_since};
use arc_obs_trace_tests::tracing_with;

/// Fails at each second batch.
struct Flaky(bool);

impl SpanExporter for Flaky {
    fn name(&self) -> &'static str {
        "flaky"
    }

    fn export<'a>(&'a mut self, _: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
        self.0 = !self.0;
        let fails = self.0;
        Box::pin(async move { if fails { Err(ExportError::new("the disk is full")) } else { Ok(()) } })
    }
}

#[track_agent("counter")]
fn count_down(n: usize) {
    if n > 0 {
        count_down(n - 1);
    }
}

/// What is counted after the end is, too.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn whatever_was_accepted_is_delivered_or_dropped_when_all_is_over() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = ["queue", "test", "flaky"].map(|exporter| (exporter, counted(exporter)));
    let tracing = tracing_with(|builder| builder.span_exporter(Flaky(false)));
    let level = || std::thread::Builder::new().stack_size(64 << 20).spawn(|| count_down(4_999)).unwrap();
    level().join().unwrap();
    let left = tracing::info_span!("left");
    let spans = tracing.end().len() as u64;
    drop(left);
    count_down(0);
    for (exporter, before) in before {
        let mut counts = counted_since(&before, exporter);
        let accepted = counts.remove("accepted").unwrap();
        assert_eq!(accepted, counts.values().sum::<u64>(), "{exporter}: {accepted}, {counts:?}");
        match exporter {
            "queue" => {
                assert_eq!(accepted, 5_000 + 2, "each is accepted once: {counts:?}");
                assert_eq!(counts["delivered"], spans);
                assert_eq!(counts["too_deep"], 5_000 - 1_024);
                assert_eq!(counts["after_shutdown"], 2);
            }
            "test" => assert_eq!((accepted, counts["delivered"]), (spans, spans)),
            _ => assert!(accepted == spans && counts["failed"] > 0, "{counts:?}"),
        }
    }
}

/// X13: what waits is bounded in bytes, too, whatever a program says in its spans.
#[test]
fn spans_that_are_large_are_dropped_before_they_fill_the_memory() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let before = counted("queue");
    let tracing = tracing_with(|builder| builder);
    // A quarter of a mebibyte each; what is exported of it is less.
    let text = "many words ".repeat(5_957);
    for _ in 0..300 {
        let text = text.as_str();
        tracing::info_span!("large", a = text, b = text, c = text, d = text).in_scope(|| ());
    }
    let spans = tracing.end().len() as u64;
    let counts = counted_since(&before, "queue");
    assert_eq!((counts["accepted"], counts["delivered"]), (300, spans), "{counts:?}");
    assert_eq!(counts["queue_bytes"], 300 - spans);
    assert!((250..=256).contains(&spans), "64 MiB are as many: {spans}");
}
