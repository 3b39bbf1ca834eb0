//! What the page of a labelled program has, and how much of it.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_obs::testing::{Capture, OperationKind, capture};
use arc_obs::{Status, Usage, traced, track_agent, track_cache, track_llm, track_tool, track_workflow};
use tracing_subscriber::fmt::MakeWriter;

/// The names of all labels that a family has; each of its series has all of them.
fn label_names(capture: &Capture, family: &str) -> BTreeSet<String> {
    let families = capture.registry().gather();
    let family = families.iter().find(|it| it.name() == family).unwrap();
    let of = |metric: &arc_obs::prometheus::proto::Metric| {
        metric.get_label().iter().map(|pair| pair.name().to_owned()).collect::<BTreeSet<_>>()
    };
    let mut all: Vec<_> = family.get_metric().iter().map(of).collect();
    all.dedup();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[track_workflow("of_one_key", labels(slot = 1))]
fn of_one_key() {}

#[track_workflow("of_no_key")]
fn of_no_key() {}

#[test]
fn a_family_has_the_keys_of_its_kind_and_no_others() {
    let capture = capture();
    of_one_key();
    of_no_key();
    let names = |family| label_names(&capture, family).into_iter().collect::<Vec<_>>().join(" ");
    // `tier` is named by workflows in other files of this program.
    assert_eq!(names("arc_workflow_executions_total"), "slot status tier workflow");
    assert_eq!(names("arc_workflow_duration_seconds"), "slot tier workflow");
    assert_eq!(capture.value("arc_workflow_duration_seconds", &[("workflow", "of_no_key")]), Some(1.0));

    arc_obs::record_request("GET", "/", 200, Duration::ZERO);
    assert_eq!(names("arc_requests_total"), "endpoint method status", "nothing of that kind is labelled");
}

/// How many lines of the page have these words: samples, as Prometheus counts them.
fn samples(capture: &Capture, words: &[&str]) -> usize {
    let page = arc_obs::prometheus::TextEncoder::new().encode_to_string(&capture.registry().gather()).unwrap();
    page.lines().filter(|line| !line.starts_with('#') && words.iter().all(|word| line.contains(word))).count()
}

#[derive(Clone, Copy)]
enum End {
    Success,
    Error,
    Timeout,
    Panic,
}

const ENDS: [End; 4] = [End::Success, End::Error, End::Timeout, End::Panic];

impl End {
    fn reach(self) -> Result<(), std::io::Error> {
        match self {
            Self::Success => Ok(()),
            Self::Error => Err(std::io::ErrorKind::NotFound.into()),
            Self::Timeout => Err(std::io::ErrorKind::TimedOut.into()),
            Self::Panic => std::panic::resume_unwind(Box::new(())),
        }
    }
}

macro_rules! counted {
    ($($attribute:meta, $function:ident($slot:ident);)*) => {$(
        #[$attribute]
        async fn $function($slot: u8, end: Option<End>) -> Result<Option<()>, std::io::Error> {
            let _ = $slot;
            match end {
                // Whoever polls it drops it.
                None => std::future::pending().await,
                Some(end) => end.reach().map(|()| Some(())),
            }
        }
    )*};
}

counted! {
    track_agent("counted", labels(slot = slot), cost = 1.0), agent(slot);
    track_tool("counted", labels(slot = slot), cost = 1.0), tool(slot);
    track_workflow("counted", labels(slot = slot), cost = 1.0), workflow(slot);
    traced("counted", labels(slot = slot), cost = 1.0), operation(slot);
    track_cache("counted", labels(slot = slot)), cache(slot);
    track_llm(
        model = "counted", unpriced, labels(slot = slot),
        usage = |_| Usage::new(9, 9).cache_read(1).cache_write(1).reasoning(1)
    ), llm(slot);
}

/// Ends in every way that there is.
async fn in_every_way<F: Future<Output = Result<Option<()>, std::io::Error>>>(call: impl Fn(u8, Option<End>) -> F) {
    for slot in [0, 1, 2, 99] {
        for end in ENDS {
            let call = std::panic::AssertUnwindSafe(call(slot, Some(end)));
            let _ = futures::FutureExt::catch_unwind(call).await;
        }
        let mut pending = Box::pin(call(slot, None));
        assert!(futures::poll!(&mut pending).is_pending());
    }
}

#[tokio::test]
async fn samples_are_as_many_as_the_compiler_says() {
    let capture = capture();
    in_every_way(agent).await;
    in_every_way(tool).await;
    in_every_way(workflow).await;
    in_every_way(operation).await;
    in_every_way(cache).await;
    cache_missed(0);
    in_every_way(llm).await;
    let by_status = |operation: &&arc_obs::testing::FinishedOperation| operation.status == Status::Cancelled;
    assert_eq!(capture.operations().iter().filter(by_status).count(), 6 * 4);

    for kind in ["agent_name", "tool", "workflow", "operation", "cache_type"] {
        let found = samples(&capture, &[&format!("{kind}=\"counted\""), "slot=\"0\""]);
        assert_eq!(found, per_label_set(kind), "{kind}");
    }
    // A call has a price or has not, and this one is not streamed.
    let found = samples(&capture, &["model=\"counted\"", "slot=\"0\""]);
    assert!(found <= per_label_set("model") && found > per_label_set("model") / 3, "{found}");
    // Four values: the range's and `other`.
    assert_eq!(samples(&capture, &["tool=\"counted\""]), 4 * per_label_set("tool"));
    assert_eq!(OperationKind::Tool.as_str(), "tool");
}

#[track_cache("counted", labels(slot = slot))]
fn cache_missed(slot: u8) -> Option<()> {
    let _ = slot;
    None
}

/// What the error about too many samples says of a kind.
fn per_label_set(kind: &str) -> usize {
    use arc_obs::__private::Callsite;
    let place = ("", "", "", 0);
    let callsite = match kind {
        "agent_name" => Callsite::agent("", "", place),
        "model" => Callsite::llm("", None, "", false, place),
        "tool" => Callsite::tool("", place),
        "workflow" => Callsite::workflow("", place),
        "cache_type" => Callsite::cache("", place),
        _ => Callsite::operation("", place),
    };
    callsite.most_samples()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn series_with_labels_appear_when_they_are_first_seen() {
    #[traced("never_called_without_labels")]
    fn without() {}
    #[traced("never_called_with_labels", labels(slot = 1))]
    fn with() {}

    let joined = arc_obs::prometheus::Registry::new();
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish();
    let builder = arc_obs::builder().service_name("labelled").no_server().registry(joined.clone());
    let _observability = tracing::subscriber::with_default(subscriber, || builder.install()).unwrap();
    let told = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let clash = "two metrics are called `twice_unlike`, and the page has only that of tests/labels/metrics.rs:";
    assert_eq!(told.matches("two metrics are called").count(), 1, "{told}");
    assert!(told.contains(clash) && told.contains("rename the one of tests/labels/metrics.rs:"), "{told}");

    let page = || arc_obs::prometheus::TextEncoder::new().encode_to_string(&arc_obs::registry().gather()).unwrap();
    assert!(joined.gather().iter().any(|family| family.name() == "shop_queue_length"), "in a registry of the user's");
    assert!(page().contains("arc_operations_total{attempt=\"\""), "an absent label is empty");
    assert!(page().contains("operation=\"never_called_without_labels\""));
    assert!(!page().contains("never_called_with_labels\""));
    with();
    without();
    assert!(
        page().contains("operation=\"never_called_with_labels\",region=\"\",slot=\"1\",status=\"success\""),
        "{}",
        page()
    );
    assert!(page().contains("arc_obs_label_overflow_total{reason=\"panicked\"} 0"));
}
