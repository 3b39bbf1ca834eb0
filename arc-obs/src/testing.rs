//! Testing what an annotated program records: a test's own metrics and operations.
//!
//! [`capture`] opens a capture for the thread that calls it. Until it is dropped,
//! everything that annotated functions record there goes into the capture and not into
//! the metrics of the process, so tests that run in parallel see nothing of each other.
//! No `init` is needed.
//!
//! ```
//! use arc_obs::{Status, testing, track_agent, track_llm, track_tool};
//! use serde_json::{Value, json};
//!
//! // The program under test:
//! #[track_tool("search")]
//! fn search(query: &str) -> Vec<String> {
//!     vec![query.to_owned()]
//! }
//!
//! #[track_llm(model = "gpt-4o")]
//! async fn ask(prompt: &str) -> Result<Value, std::io::Error> {
//!     Ok(json!({ "answer": prompt, "usage": { "prompt_tokens": 1_000, "completion_tokens": 500 } }))
//! }
//!
//! #[track_agent("researcher")]
//! async fn research(task: &str) -> Result<Value, std::io::Error> {
//!     ask(&search(task).join("\n")).await
//! }
//!
//! // The test:
//! # #[tokio::main(flavor = "current_thread")] async fn main() { a_question_costs_less_than_a_cent().await }
//! # const _: &str = stringify!(
//! #[tokio::test]
//! # );
//! async fn a_question_costs_less_than_a_cent() {
//!     let capture = testing::capture();
//!     research("the price of tea").await.unwrap();
//!
//!     // Every operation, in the order in which they ended.
//!     let operations = capture.operations();
//!     let names: Vec<_> = operations.iter().map(|operation| operation.name.as_str()).collect();
//!     assert_eq!(names, ["search", "gpt-4o", "researcher"]);
//!     assert!(operations.iter().all(|operation| operation.status == Status::Success));
//!
//!     // What the model was asked, and what that cost.
//!     let calls = capture.llm_calls();
//!     assert_eq!(calls[0].agent.as_deref(), Some("researcher"));
//!     assert_eq!(calls[0].usage.unwrap().output_tokens, 500);
//!     assert!(operations[2].cost.unwrap().as_dollars() < 0.01, "all that the agent spent");
//!
//!     // The same as metrics, by name and labels, as a dashboard sees them.
//!     let executions = [("agent_name", "researcher"), ("status", "success")];
//!     assert_eq!(capture.value("arc_agent_executions_total", &executions), Some(1.0));
//! }
//! ```
//!
//! # Tasks and threads
//!
//! A capture holds for its thread, and so for what a `#[tokio::test]` (which is of the
//! current-thread flavour) does, spawned tasks included. It also goes with an operation
//! that has begun in it, to whatever thread polls that. A thread (that of `spawn_blocking`,
//! too), or a task that another thread polls, takes a [`CaptureHandle`] along; where the
//! program under test spawns it by itself, what is recorded there is the process's.
//!
//! ```
//! # #[arc_obs::track_tool("search")] fn search() {}
//! let capture = arc_obs::testing::capture();
//! let handle = capture.handle();
//! std::thread::spawn(move || handle.run_sync(search)).join().unwrap();
//! assert_eq!(capture.operations().len(), 1);
//! ```
//!
//! # Time
//!
//! A [`ManualClock`] lets a test say how long something took, and on which date a call
//! is priced. Prices are the process's: [`set_prices`](crate::set_prices) in one test holds
//! for all.
//!
//! # What it costs
//!
//! A program that never captures pays one relaxed load per operation. A capture keeps
//! what it recorded (some twenty kilobytes) until the process ends, since annotated functions
//! hold on to their cells: it is made for tests.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use prometheus::TextEncoder;
use prometheus::proto::{Metric, MetricFamily, MetricType};

pub use crate::clock::ManualClock;
pub use crate::operation::{FieldValue, FinishReason, FinishedOperation, OperationKind};

use crate::hub::{Captured, InPlace, OpenCapture};
use crate::metrics::registry_of;
use crate::summary::Summary;

/// Opens a capture for this thread: what is recorded from now on is the test's own.
///
/// Captures nest: the innermost one takes it all.
///
/// ```
/// # #[arc_obs::track_tool("search")] fn search() {}
/// let capture = arc_obs::testing::capture();
/// search();
/// assert_eq!(capture.operations()[0].name, "search");
/// ```
#[must_use = "a capture that is dropped at once captures nothing"]
pub fn capture() -> Capture {
    let captured = Captured::new();
    Capture { handle: CaptureHandle(captured), _open: OpenCapture::new(captured), _not_send: PhantomData }
}

/// What one test records, until it is dropped; made by [`capture`].
pub struct Capture {
    handle: CaptureHandle,
    _open: OpenCapture,
    /// It is in place on the thread that made it.
    _not_send: PhantomData<*const ()>,
}

impl Capture {
    /// Measures durations and prices calls by a clock that stands still until it is
    /// told to go on. A capture keeps the first clock that it is given.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use arc_obs::{Usage, testing};
    /// # #[arc_obs::track_llm(model = "gpt-4o", usage = |_| Usage::new(1_000, 500))] fn ask() {}
    ///
    /// let clock = testing::ManualClock::new();
    /// clock.set_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600));
    /// let capture = testing::capture().with_clock(&clock);
    /// ask();
    /// assert_eq!(capture.operations()[0].duration, Duration::ZERO);
    /// ```
    #[must_use]
    pub fn with_clock(self, clock: &ManualClock) -> Self {
        self.handle.0.set_clock(clock.clone());
        self
    }

    /// Every operation that ended, in the order in which they did.
    #[must_use]
    pub fn operations(&self) -> Vec<FinishedOperation> {
        self.handle.0.operations()
    }

    /// The LLM calls among them.
    #[must_use]
    pub fn llm_calls(&self) -> Vec<FinishedOperation> {
        let mut operations = self.operations();
        operations.retain(|operation| operation.kind == OperationKind::Llm);
        operations
    }

    /// The value of a counter or gauge, or the count of a histogram, with exactly these
    /// labels; `None` if there is no such series. A label that is empty is none.
    ///
    /// ```
    /// # #[arc_obs::track_tool("search")] fn search() {}
    /// let capture = arc_obs::testing::capture();
    /// search();
    /// let labels = [("tool", "search"), ("status", "success")];
    /// assert_eq!(capture.value("arc_tool_calls_total", &labels), Some(1.0));
    /// assert_eq!(capture.value("arc_tool_duration_seconds", &[("tool", "search")]), Some(1.0));
    /// assert_eq!(capture.value("arc_tool_calls_total", &[("tool", "other")]), None);
    /// ```
    #[must_use]
    pub fn value(&self, metric: &str, labels: &[(&str, &str)]) -> Option<f64> {
        let families = self.registry().gather();
        let family = families.iter().find(|family| family.name() == metric)?;
        let has_labels = |metric: &&Metric| {
            let pairs = || metric.get_label().iter().filter(|pair| !pair.value().is_empty());
            let labels = || labels.iter().filter(|(_, value)| !value.is_empty());
            pairs().count() == labels().count()
                && labels().all(|(key, value)| pairs().any(|pair| pair.name() == *key && pair.value() == *value))
        };
        number(family, family.get_metric().iter().find(has_labels)?)
    }

    /// The metrics of this capture, as [`registry`](crate::registry) has those of the
    /// process.
    #[must_use]
    pub fn registry(&self) -> prometheus::Registry {
        registry_of(self.handle.0.metrics)
    }

    /// What was recorded, as a table for people.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(self.handle.0.metrics)
    }

    /// A handle, by which other threads and tasks record into this capture.
    #[must_use]
    pub fn handle(&self) -> CaptureHandle {
        self.handle
    }
}

/// The number that one series shows on the page.
///
/// Read off the page itself: with prometheus's feature `protobuf`, which another crate may
/// switch on, its types have other methods.
fn number(family: &MetricFamily, metric: &Metric) -> Option<f64> {
    let mut single = MetricFamily::default();
    single.set_name(family.name().to_owned());
    single.set_field_type(family.get_field_type());
    single.set_metric(vec![metric.clone()]);
    let page = TextEncoder::new().encode_to_string(&[single]).ok()?;
    let count = format!("{}_count", family.name());
    let is_histogram = family.get_field_type() == MetricType::HISTOGRAM;
    let line = page.lines().find(|line| !line.starts_with('#') && (!is_histogram || line.starts_with(&count)))?;
    line.rsplit(' ').next()?.parse().ok()
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("operations", &self.operations()).finish_non_exhaustive()
    }
}

/// Records into a [`Capture`] from another thread or task.
///
/// What is recorded after the capture is dropped is recorded for nobody.
#[derive(Clone, Copy)]
pub struct CaptureHandle(&'static Captured);

impl CaptureHandle {
    /// Runs a function in the capture, on this thread.
    pub fn run_sync<R>(&self, function: impl FnOnce() -> R) -> R {
        let _in_place = InPlace::new(self.0);
        function()
    }

    /// The same future, polled in the capture wherever that happens.
    ///
    /// ```
    /// # #[arc_obs::track_tool("search")] async fn search() {}
    /// # tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap().block_on(async {
    /// let capture = arc_obs::testing::capture();
    /// tokio::spawn(capture.handle().run(search())).await.unwrap();
    /// assert_eq!(capture.operations().len(), 1);
    /// # });
    /// ```
    pub fn run<F: Future>(&self, future: F) -> InCapture<F> {
        InCapture { future, captured: self.0 }
    }
}

impl fmt::Debug for CaptureHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureHandle").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that is polled in a capture; made by [`CaptureHandle::run`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InCapture<F> {
        #[pin]
        future: F,
        captured: &'static Captured,
    }
}

impl<F: Future> Future for InCapture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _in_place = InPlace::new(this.captured);
        this.future.poll(context)
    }
}

impl<F> fmt::Debug for InCapture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InCapture").finish_non_exhaustive()
    }
}
