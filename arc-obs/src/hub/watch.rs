//! Who watches operations one by one: captures of tests, and a listener.
//!
//! One relaxed flag for the process says whether anybody does (invariant 10). Only
//! then an operation looks here, at its begin; and only where it is inside a capture, or
//! somebody listens, it carries a [`Watched`] along.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use super::{Accounted, Handles};
use crate::clock::ManualClock;
use crate::metrics::{Metrics, process_metrics};
use crate::operation::{FinishedOperation, OperationKind, OperationRecord, Site};
use crate::scope::{self, Scope};

/// How many captures there have been, and one for a listener.
///
/// A capture counts for good: an operation may outlive it, and what that one calls must
/// not go to the process after all.
static WATCHERS: AtomicUsize = AtomicUsize::new(0);

/// Called with every operation that ends outside of captures.
type Listener = Arc<dyn Fn(&FinishedOperation) + Send + Sync>;
static LISTENER: RwLock<Option<Listener>> = RwLock::new(None);

/// Whether anybody watches anything: one relaxed load.
#[inline]
pub(crate) fn is_anybody_watching() -> bool {
    WATCHERS.load(Ordering::Relaxed) != 0
}

/// Lets `listener` hear of every operation, or nobody; it must not block.
#[expect(dead_code, reason = "the terminal's")]
pub(crate) fn listen(listener: Option<Listener>) {
    let mut current = LISTENER.write().unwrap_or_else(PoisonError::into_inner);
    match (current.is_some(), listener.is_some()) {
        (false, true) => WATCHERS.fetch_add(1, Ordering::Relaxed),
        (true, false) => WATCHERS.fetch_sub(1, Ordering::Relaxed),
        _ => 0,
    };
    *current = listener;
}

/// What one test records: metrics and operations of its own. It is kept as long as
/// the process, since its cells are.
pub(crate) struct Captured {
    pub(crate) metrics: &'static Metrics,
    operations: Mutex<Vec<FinishedOperation>>,
    clock: OnceLock<ManualClock>,
}

impl Captured {
    pub(crate) fn new() -> &'static Self {
        WATCHERS.fetch_add(1, Ordering::Relaxed);
        let metrics = Metrics::leaked();
        Box::leak(Box::new(Self { metrics, operations: Mutex::default(), clock: OnceLock::new() }))
    }

    /// Measures by this clock from now on; the first one stays.
    pub(crate) fn set_clock(&self, clock: ManualClock) {
        self.clock.get_or_init(|| clock);
    }

    pub(crate) fn operations(&self) -> Vec<FinishedOperation> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn push(&self, operation: FinishedOperation) {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    }
}

/// What is current for those who watch.
#[derive(Clone, Copy, Default)]
pub(crate) struct Watch {
    depth: usize,
    agent: Option<&'static str>,
    capture: Option<&'static Captured>,
}

thread_local! {
    static CURRENT: Cell<Watch> = const { Cell::new(Watch { depth: 0, agent: None, capture: None }) };
}

/// Where what is recorded on this thread goes.
pub(crate) fn metrics() -> &'static Metrics {
    let captured = if is_anybody_watching() { CURRENT.get().capture } else { None };
    captured.map_or_else(process_metrics, |captured| captured.metrics)
}

/// A capture that is put in place on this thread; what was there before comes back
/// on drop.
pub(crate) struct InPlace {
    watch: Watch,
    scope: Scope,
}

impl InPlace {
    pub(crate) fn new(captured: &'static Captured) -> Self {
        let watch = CURRENT.replace(Watch { capture: Some(captured), ..Watch::default() });
        // An agent outside of the capture must not be charged for what is inside.
        Self { watch, scope: scope::replace(Scope::default()) }
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        CURRENT.set(self.watch);
        scope::set(self.scope);
    }
}

/// What an operation carries along that is captured or listened to.
pub(crate) struct Watched {
    site: &'static Site,
    depth: usize,
    /// The agent around it.
    agent: Option<&'static str>,
    inner: Watch,
    outer: Watch,
    /// Where it records, if it is captured.
    handles: Option<Handles>,
    /// When it began, by the manual clock of its capture.
    started: Option<u64>,
}

impl Watched {
    pub(crate) fn begin(site: &'static Site) -> Option<Self> {
        let current = CURRENT.get();
        let is_heard = || LISTENER.read().unwrap_or_else(PoisonError::into_inner).is_some();
        if current.capture.is_none() && !is_heard() {
            return None;
        }
        let (kind, name) = site.kind.operation();
        let agent = if kind == OperationKind::Agent { Some(name) } else { current.agent };
        Some(Self {
            site,
            depth: current.depth,
            agent: current.agent,
            inner: Watch { depth: current.depth + 1, agent, ..current },
            outer: current,
            handles: current.capture.map(|captured| Handles::of(&site.kind, captured.metrics)),
            started: current.capture.and_then(|captured| Some(captured.clock.get()?.nanos())),
        })
    }

    /// Where it records, if that is not where the others do.
    pub(crate) fn handles(&self) -> Option<&Handles> {
        self.handles.as_ref()
    }

    pub(crate) fn enter(&mut self) {
        self.outer = CURRENT.replace(self.inner);
    }

    pub(crate) fn leave(&self) {
        CURRENT.set(self.outer);
    }

    /// How long it took by the clock of its capture, if that has one.
    pub(crate) fn duration_nanos(&self) -> Option<u64> {
        let clock = self.inner.capture?.clock.get()?;
        Some(clock.nanos().saturating_sub(self.started?))
    }

    /// The date for its price.
    pub(super) fn date(&self) -> Option<SystemTime> {
        Some(self.inner.capture?.clock.get()?.date())
    }

    /// Tells those who watch.
    pub(super) fn finished(&self, record: &OperationRecord<'_>, accounted: &Accounted) {
        let (kind, name) = self.site.kind.operation();
        let around = Watch { depth: self.depth, agent: self.agent, capture: self.inner.capture };
        around.tell(kind, name, Some(self.site.function), record, accounted);
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("depth", &self.depth).field("agent", &self.agent).finish_non_exhaustive()
    }
}

impl Watch {
    fn tell(
        &self,
        kind: OperationKind,
        name: &str,
        function: Option<&str>,
        record: &OperationRecord<'_>,
        accounted: &Accounted,
    ) {
        let reading = record.reading;
        let operation = FinishedOperation {
            kind,
            name: name.to_owned(),
            status: record.status,
            duration: Duration::from_nanos(record.duration_nanos),
            depth: self.depth,
            agent: self.agent.map(str::to_owned),
            error_type: record.error_type.map(|error_type| error_type().to_owned()),
            usage: reading.and_then(|reading| reading.usage),
            response_model: reading.and_then(|reading| reading.model.clone()),
            cost: accounted.cost,
            unpriced: accounted.unpriced.map(str::to_owned),
            function: function.map(str::to_owned),
        };
        match self.capture {
            Some(captured) => captured.push(operation),
            None => {
                let listener = LISTENER.read().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(listener) = listener {
                    listener(&operation);
                }
            }
        }
    }
}

/// Tells those who watch of an operation that was recorded by hand.
pub(super) fn recorded_by_hand(kind: OperationKind, name: &str, record: &OperationRecord<'_>, accounted: &Accounted) {
    if is_anybody_watching() {
        CURRENT.get().tell(kind, name, None, record, accounted);
    }
}
