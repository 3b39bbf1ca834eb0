//! Exporters that fail, in a time that is not the real one.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use tokio::time;

use super::tell::{Tell, Troubles};
use super::worker::Line;
use super::{ExportError, Exporting, Span, SpanExporter, SpanId, SpanKind, SpanStatus, TraceId};
use crate::self_telemetry::SpanDrop;
use crate::settings::Resource;

/// A span of this name.
pub(super) fn span(name: &str) -> Span {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    Span {
        trace_id: TraceId::from_bytes([1; 16]).unwrap(),
        span_id: SpanId::from_bytes([1; 8]).unwrap(),
        parent_span_id: None,
        parent_is_remote: false,
        trace_flags: 1,
        trace_state: String::new(),
        name: name.to_owned().into(),
        kind: SpanKind::Internal,
        start: time,
        end: time,
        attributes: Vec::new(),
        dropped_attributes: 0,
        events: Vec::new(),
        dropped_events: 0,
        links: Vec::new(),
        dropped_links: 0,
        status: SpanStatus::Unset,
        scope: "tests".into(),
    }
}

fn batch(spans: usize) -> Arc<[Span]> {
    (0..spans).map(|_| span("x")).collect()
}

/// What each exporter's messages were, by its name: the tests run beside each other.
static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn told(exporter: &str) -> Vec<String> {
    let told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    told.iter().filter(|message| message.contains(&format!("`{exporter}`"))).cloned().collect()
}

fn tell() -> Tell {
    fn say(level: &str, message: &str) {
        TOLD.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{level} {message}"));
    }
    Tell { info: |message| say("info", message), warn: |message| say("warn", message), error: |m| say("error", m) }
}

fn line(exporter: impl SpanExporter, capacity: usize) -> Line {
    let resource = Arc::new(Resource::default());
    Line::start(Box::new(exporter), resource, Duration::from_secs(30), capacity, |who| Troubles::new(who, tell()))
}

/// Accepted, delivered, and dropped by reason.
fn counted(line: &Line) -> (u64, u64, BTreeMap<&'static str, u64>) {
    let (accepted, delivered, dropped) = line.counts.read();
    let dropped = dropped.into_iter().filter(|(_, spans)| *spans > 0);
    (accepted, delivered, dropped.map(|(reason, spans)| (reason.as_str(), spans)).collect())
}

/// X01: nobody there for ten minutes while 50 000 spans end each second; then somebody is.
#[tokio::test(start_paused = true)]
async fn a_collector_that_is_gone_for_long_costs_spans_and_few_words() {
    struct Gone(Arc<AtomicBool>);
    impl SpanExporter for Gone {
        fn name(&self) -> &'static str {
            "gone"
        }

        fn export<'a>(&'a mut self, _: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
            Box::pin(async {
                if self.0.load(Ordering::Relaxed) {
                    return Ok(());
                }
                time::sleep(Duration::from_secs(29)).await;
                let message = "no connection".to_owned();
                Err(ExportError { reason: SpanDrop::Unreachable, message, spans: None })
            })
        }
    }
    let back = Arc::new(AtomicBool::new(false));
    let line = line(Gone(Arc::clone(&back)), 2_048);
    let full = batch(500);
    for _ in 0..600 * 100 {
        line.give(Arc::clone(&full), 0);
        time::sleep(Duration::from_millis(10)).await;
    }
    back.store(true, Ordering::Relaxed);
    while !told("gone").iter().any(|message| message.starts_with("info")) {
        time::sleep(Duration::from_millis(10)).await;
    }
    // What waited when it came back is delivered.
    time::sleep(Duration::from_secs(60)).await;
    let (accepted, delivered, dropped) = counted(&line);
    assert_eq!(accepted, 30_000_000);
    assert!((500..=2_500).contains(&delivered), "{delivered}");
    assert_eq!(dropped["unreachable"], 21 * 500, "one batch at a time, 29 s each");
    assert_eq!(accepted, delivered + dropped["unreachable"] + dropped["queue_full"]);
    let told = told("gone");
    assert_eq!(told.len(), 12, "at once, each minute, and when it is over: {told:?}");
    assert!(told[0].starts_with("warn the exporter `gone` lost 500 spans: it does not take them"), "{told:?}");
    assert!(told[11].starts_with("info the exporter `gone` works again, after 29"), "{told:?}");
}

/// X14: who panics or hangs five times in a row is left alone for a minute; others go on.
#[tokio::test(start_paused = true)]
async fn an_exporter_that_goes_on_failing_is_left_alone_for_a_while() {
    struct Faulty(&'static str, Arc<AtomicU32>);
    impl SpanExporter for Faulty {
        fn name(&self) -> &'static str {
            self.0
        }

        fn export<'a>(&'a mut self, _: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
            self.1.fetch_add(1, Ordering::Relaxed);
            match self.0 {
                "panics" => panic!("on purpose"),
                "panics later" => Box::pin(async { panic!("on purpose") }),
                "hangs" => Box::pin(std::future::pending()),
                _ => Box::pin(async { Ok(()) }),
            }
        }
    }
    for (name, reason) in [("panics", "failed"), ("panics later", "failed"), ("hangs", "timeout"), ("works", "")] {
        let calls = Arc::new(AtomicU32::new(0));
        let line = line(Faulty(name, Arc::clone(&calls)), 100);
        let start = time::Instant::now();
        let sent = |line: &Line| {
            let (accepted, delivered, dropped) = counted(line);
            accepted - delivered - dropped.values().sum::<u64>() == 0
        };
        for _ in 0..9 {
            line.give(batch(2), 0);
            while !sent(&line) {
                time::sleep(Duration::from_millis(1)).await;
            }
        }
        let (_, delivered, dropped) = counted(&line);
        if name == "works" {
            assert_eq!((calls.load(Ordering::Relaxed), delivered, dropped.len()), (9, 18, 0));
            continue;
        }
        assert_eq!(calls.load(Ordering::Relaxed), 5, "{name}");
        assert_eq!(dropped.values().sum::<u64>(), 18, "{name}");
        assert!(dropped[reason] >= 10, "{name}: {dropped:?}");
        // Then it is tried once more.
        time::sleep_until(start + Duration::from_secs(5 * 31 + 61)).await;
        line.give(batch(2), 0);
        line.give(batch(2), 0);
        while !sent(&line) {
            time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(calls.load(Ordering::Relaxed), 6, "{name}");
    }
}

/// X14: whatever of an exporter panics, its task goes on, and each span is counted once.
#[tokio::test(start_paused = true)]
async fn whatever_of_an_exporter_panics_its_task_goes_on() {
    struct PanicsIn(&'static str, u32);
    struct DropPanics;
    impl Drop for DropPanics {
        fn drop(&mut self) {
            panic!("on purpose")
        }
    }
    impl SpanExporter for PanicsIn {
        fn name(&self) -> &'static str {
            assert_ne!(self.0, "name", "on purpose");
            self.0
        }

        fn export<'a>(&'a mut self, _: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
            self.1 += 1;
            let panics = self.1 == 1;
            match self.0 {
                "drop of a future" if panics => Box::pin(async {
                    let _panics = DropPanics;
                    std::future::pending().await
                }),
                "payload" if panics => std::panic::panic_any(DropPanics),
                _ => Box::pin(async { Ok(()) }),
            }
        }

        fn held(&self) -> usize {
            assert!(self.0 != "held" || self.1 != 1, "on purpose");
            0
        }
    }
    for (name, counted_as, expected) in [
        ("name", "unnamed", &[][..]),
        ("held", "held", &[("failed", 2)]),
        ("drop of a future", "drop of a future", &[("timeout", 2)]),
        ("payload", "payload", &[("failed", 2)]),
    ] {
        let line = line(PanicsIn(name, 0), 100);
        assert_eq!(line.counts.exporter, counted_as);
        for _ in 0..3 {
            line.give(batch(2), 0);
        }
        time::sleep(Duration::from_secs(31)).await;
        let expected: BTreeMap<_, _> = expected.iter().copied().collect();
        assert_eq!(counted(&line), (6, 6 - expected.values().sum::<u64>(), expected), "{name}");
    }
}

/// What an exporter says that it holds is believed as far as it was given so many, and at the end
/// each span is counted, and once.
#[tokio::test(start_paused = true)]
async fn all_that_was_accepted_is_delivered_or_dropped_in_the_end() {
    /// Holds so many after each call.
    struct Holds(&'static str, Vec<usize>, Arc<Mutex<Vec<usize>>>);
    impl SpanExporter for Holds {
        fn name(&self) -> &'static str {
            self.0
        }

        fn export<'a>(&'a mut self, batch: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
            if self.1.len() > 1 {
                self.1.remove(0);
            }
            self.2.lock().unwrap().push(batch.len());
            Box::pin(async { Ok(()) })
        }

        fn held(&self) -> usize {
            self.1[0]
        }
    }
    for (name, holds, expected) in [
        ("holds none", vec![0], (4, BTreeMap::new())),
        ("lets go at the end", vec![0, 2, 4, 0], (4, BTreeMap::new())),
        ("lets go of a part", vec![0, 2, 4, 1], (3, BTreeMap::from([("shutdown", 1)]))),
        ("never lets go", vec![0, 2, 4, 4], (0, BTreeMap::from([("shutdown", 4)]))),
        ("says too many", vec![usize::MAX], (0, BTreeMap::from([("shutdown", 4)]))),
        ("held some before", vec![7, 7, 0], (4, BTreeMap::new())),
    ] {
        let calls = Arc::default();
        let line = line(Holds(name, holds, Arc::clone(&calls)), 100);
        let counts = line.counts;
        line.give(batch(2), 0);
        line.give(batch(2), 0);
        line.end(std::time::Instant::now() + Duration::from_secs(5)).await;
        let (accepted, delivered, dropped) = counts.read();
        let dropped: BTreeMap<_, _> =
            dropped.into_iter().filter(|(_, n)| *n > 0).map(|(reason, n)| (reason.as_str(), n)).collect();
        assert_eq!((accepted, (delivered, dropped)), (4, expected), "{name}: {calls:?}");
    }
}

/// X13: what waits for one exporter is bounded in bytes, too; a batch that waits for nothing is not.
#[tokio::test(start_paused = true)]
async fn what_waits_for_an_exporter_is_bounded_in_bytes() {
    struct Slow;
    impl SpanExporter for Slow {
        fn name(&self) -> &'static str {
            "slow"
        }

        fn export<'a>(&'a mut self, _: Arc<[Span]>, _: &'a Resource) -> Exporting<'a> {
            Box::pin(async {
                time::sleep(Duration::from_secs(1)).await;
                Ok(())
            })
        }
    }
    const MIB: usize = 1 << 20;
    let line = line(Slow, 100);
    for (spans, bytes) in [(1, 100 * MIB), (2, 1), (4, 0)] {
        line.give(batch(spans), bytes);
    }
    time::sleep(Duration::from_secs(10)).await;
    for (spans, bytes) in [(8, 60 * MIB), (16, 4 * MIB), (32, 1)] {
        line.give(batch(spans), bytes);
    }
    time::sleep(Duration::from_secs(10)).await;
    assert_eq!(counted(&line), (63, 1 + 8 + 16, BTreeMap::from([("queue_bytes", 2 + 4 + 32)])));
}
