//! `accepted = delivered + dropped`, of the queue and of each exporter, when all is over.
#![allow(missing_docs)]

use std::sync::Arc;

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

#[test]
fn whatever_was_accepted_is_delivered_or_dropped_when_all_is_over() {
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
