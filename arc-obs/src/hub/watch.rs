//! Who watches operations one by one: captures of tests, and a listener.
//!
//! One relaxed flag for the process says whether anybody does (invariant 11). Only
//! then an operation looks here, at its begin; and only where it is inside a capture, or
//! somebody listens, it carries a [`Watched`] along.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use super::{Accounted, Handles};
use crate::clock::ManualClock;
use crate::metrics::{Metrics, process_metrics};
use crate::operation::{FieldValue, FinishedOperation, OperationKind, OperationRecord, Site, Streamed, Usage, Usd};
use crate::scope::{self, LlmCall, Scope};

/// How many captures there have been, and one for a listener.
///
/// A capture counts for good: an operation may outlive it, and what that one calls must
/// not go to the process after all.
static WATCHERS: AtomicUsize = AtomicUsize::new(0);

/// Called with every operation that ends outside of captures.
type Listener = Arc<dyn Fn(FinishedOperation) + Send + Sync>;
static LISTENER: RwLock<Option<Listener>> = RwLock::new(None);

/// Whether anybody watches anything: one relaxed load.
#[inline]
pub(crate) fn is_anybody_watching() -> bool {
    WATCHERS.load(Ordering::Relaxed) != 0
}

/// Whether what happens on this thread is watched.
pub(crate) fn is_watched_here() -> bool {
    is_anybody_watching() && current().is_heard()
}

/// Lets `listener` hear of every operation, or nobody; it must not block.
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
#[derive(Clone, Default)]
struct Watch {
    depth: usize,
    agent: Option<&'static str>,
    capture: Option<&'static Captured>,
    /// What the LLM calls inside of the innermost operation spend.
    spent: Option<Arc<Mutex<Spent>>>,
}

/// What LLM calls used and cost together.
#[derive(Clone, Copy, Default)]
struct Spent {
    usage: Option<Usage>,
    cost: Option<Usd>,
    /// More was spent than that.
    is_partial: bool,
}

impl Spent {
    fn add(&mut self, other: Self) {
        self.usage = match (self.usage, other.usage) {
            (Some(ours), Some(theirs)) => Some(ours.plus(&theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.cost = match (self.cost, other.cost) {
            (Some(ours), Some(theirs)) => Some(ours.saturating_add(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
        self.is_partial |= other.is_partial;
    }
}

thread_local! {
    static CURRENT: Cell<Watch> = const { Cell::new(Watch { depth: 0, agent: None, capture: None, spent: None }) };
}

/// Makes `watch` current and hands back what was; while a thread is torn down nothing is
/// current any more.
fn replace(watch: Watch) -> Watch {
    CURRENT.try_with(|current| current.replace(watch)).unwrap_or_default()
}

fn current() -> Watch {
    let watch = replace(Watch::default());
    replace(watch.clone());
    watch
}

/// Where what is recorded on this thread goes.
pub(crate) fn metrics() -> &'static Metrics {
    let captured = if is_anybody_watching() { current().capture } else { None };
    captured.map_or_else(process_metrics, |captured| captured.metrics)
}

/// The date by the clock of the capture that is in place, if that has one.
pub(super) fn date() -> Option<SystemTime> {
    manual_clock().map(|clock| clock.date())
}

/// The clock of the capture that is in place on this thread, if that has one.
pub(crate) fn manual_clock() -> Option<ManualClock> {
    if is_anybody_watching() { current().clock().cloned() } else { None }
}

/// What was current on a thread before a capture was put in place.
#[derive(Default)]
struct Before {
    watch: Watch,
    scope: Scope,
    llm_call: Option<LlmCall>,
    request: bool,
}

impl Before {
    /// Puts a capture in place. An agent or an LLM call outside of it must hear nothing
    /// of what is inside.
    fn replaced_by(captured: &'static Captured) -> Self {
        Self {
            watch: replace(Watch { capture: Some(captured), ..Watch::default() }),
            scope: scope::replace(Scope::default()),
            llm_call: scope::replace_llm_call(None),
            request: scope::replace_request(false),
        }
    }

    fn restore(self) {
        replace(self.watch);
        scope::set(self.scope);
        scope::replace_llm_call(self.llm_call);
        scope::replace_request(self.request);
    }
}

/// A capture that is put in place for a poll or a call; what was there before comes back
/// on drop.
pub(crate) struct InPlace(Before);

impl InPlace {
    pub(crate) fn new(captured: &'static Captured) -> Self {
        Self(Before::replaced_by(captured))
    }
}

impl Drop for InPlace {
    fn drop(&mut self) {
        std::mem::take(&mut self.0).restore();
    }
}

thread_local! {
    /// The captures that this thread has opened and not closed, with what was current
    /// before each.
    static OPEN: RefCell<Vec<(&'static Captured, Before)>> = const { RefCell::new(Vec::new()) };
}

/// A capture that is in place on this thread until it is dropped. They may be dropped in
/// any order: the innermost of those that are left is in place.
pub(crate) struct OpenCapture(&'static Captured);

impl OpenCapture {
    pub(crate) fn new(captured: &'static Captured) -> Self {
        let before = Before::replaced_by(captured);
        // While a thread is torn down there is nothing to come back to.
        let _ = OPEN.try_with(|open| open.borrow_mut().push((captured, before)));
        Self(captured)
    }
}

impl Drop for OpenCapture {
    fn drop(&mut self) {
        let closed = OPEN.try_with(|open| {
            let mut open = open.borrow_mut();
            let place = open.iter().position(|(captured, _)| std::ptr::eq(*captured, self.0))?;
            let (_, before) = open.remove(place);
            match open.get_mut(place) {
                // What was before this one is now what was before the next.
                Some((_, next)) => {
                    *next = before;
                    None
                }
                None => Some(before),
            }
        });
        if let Ok(Some(before)) = closed {
            before.restore();
        }
    }
}

/// What is current for those who watch, carried to another task or thread.
#[derive(Clone, Default)]
pub(crate) struct WatchHere(Watch);

impl WatchHere {
    pub(crate) fn current() -> Self {
        Self(if is_anybody_watching() { current() } else { Watch::default() })
    }

    /// Puts it in place and hands back what was.
    pub(crate) fn replace(self) -> Self {
        if is_anybody_watching() { Self(replace(self.0)) } else { self }
    }
}

/// What an operation carries along that is captured or listened to.
pub(crate) struct Watched {
    site: &'static Site,
    /// What was current when it began.
    around: Watch,
    /// What is current while it runs, or what was before it is put in place.
    swapped: Watch,
    spent: Arc<Mutex<Spent>>,
    /// Where it records, if it is captured.
    handles: Option<Handles>,
    /// When it began, by the manual clock of its capture.
    started: Option<u64>,
}

impl Watched {
    pub(crate) fn begin(site: &'static Site) -> Option<Self> {
        let around = current();
        if !around.is_heard() {
            return None;
        }
        let (kind, name) = site.kind.operation();
        let spent = Arc::<Mutex<Spent>>::default();
        let inside = Watch {
            depth: around.depth + usize::from(kind.is_step()),
            agent: if kind == OperationKind::Agent { Some(name) } else { around.agent },
            capture: around.capture,
            spent: Some(Arc::clone(&spent)),
        };
        Some(Self {
            site,
            swapped: inside,
            spent,
            handles: around.capture.map(|captured| Handles::of(site, captured.metrics)),
            started: around.clock().map(ManualClock::nanos),
            around,
        })
    }

    /// Where it records, if that is not where the others do.
    pub(crate) fn handles(&self) -> Option<&Handles> {
        self.handles.as_ref()
    }

    /// Puts it in place, or takes it away again.
    pub(crate) fn swap(&mut self) {
        self.swapped = replace(std::mem::take(&mut self.swapped));
    }

    /// How long it took by the clock of its capture, if that has one.
    pub(crate) fn duration_nanos(&self) -> Option<u64> {
        Some(self.around.clock()?.nanos().saturating_sub(self.started?))
    }

    /// When it began by the clock of its capture, if that has one, and that clock.
    pub(crate) fn manual_start(&self) -> Option<(u64, ManualClock)> {
        Some((self.started?, self.around.clock()?.clone()))
    }

    /// The date for its price.
    pub(super) fn date(&self) -> Option<SystemTime> {
        self.around.clock().map(ManualClock::date)
    }

    /// Tells those who watch.
    pub(super) fn finished(
        &self,
        record: &OperationRecord<'_>,
        accounted: &Accounted,
        streamed: Option<Streamed>,
        fields: Fields,
    ) {
        let inside = *self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        self.around.tell(Told { streamed, fields, ..Told::of(self.site) }, record, accounted, inside);
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("site", &self.site).finish_non_exhaustive()
    }
}

/// The fields of an operation that have a value.
pub(crate) type Fields = Vec<(String, FieldValue)>;

/// What is told of an operation, whatever it did.
struct Told<'a> {
    kind: OperationKind,
    name: &'a str,
    labels: &'a [(&'static str, &'static str)],
    function: Option<&'a str>,
    streamed: Option<Streamed>,
    fields: Fields,
}

impl Told<'_> {
    fn of(site: &'static Site) -> Self {
        let (kind, name) = site.kind.operation();
        let function = Some(site.function).filter(|function| !function.is_empty());
        Self { kind, name, labels: site.labels, function, streamed: None, fields: Fields::new() }
    }
}

impl Watch {
    fn clock(&self) -> Option<&ManualClock> {
        self.capture?.clock.get()
    }

    fn is_heard(&self) -> bool {
        self.capture.is_some() || LISTENER.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Tells of an operation that ended here, with what was spent inside of it.
    fn tell(&self, told: Told<'_>, record: &OperationRecord<'_>, accounted: &Accounted, inside: Spent) {
        let Told { kind, name, labels, function, streamed, fields } = told;
        let is_partial = accounted.unpriced.is_some() || accounted.usage_missing;
        let own = Spent { usage: record.usage(), cost: accounted.cost, is_partial };
        let mut all = own;
        all.add(inside);
        if let Some(around) = &self.spent {
            around.lock().unwrap_or_else(PoisonError::into_inner).add(all);
        }
        let spent = if kind == OperationKind::Llm { own } else { all };
        let operation = FinishedOperation {
            kind,
            name: name.to_owned(),
            labels: labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            status: record.status,
            duration: Duration::from_nanos(record.duration_nanos),
            depth: self.depth,
            agent: self.agent.map(str::to_owned),
            error_type: record.error_type.map(|error_type| error_type().to_owned()),
            usage: spent.usage,
            response_model: record.readings.iter().find_map(|reading| reading.model.clone()),
            usage_missing: accounted.usage_missing,
            finish_reason: record.finish_reason(),
            time_to_first_chunk: streamed.and_then(|streamed| streamed.first_chunk_nanos).map(Duration::from_nanos),
            chunks: streamed.map(|streamed| streamed.chunks),
            hit: record.hit,
            http_status: record.http_status,
            cost: spent.cost,
            cost_is_partial: spent.is_partial,
            unpriced: accounted.unpriced.map(str::to_owned),
            function: function.map(str::to_owned),
            fields,
        };
        match self.capture {
            Some(captured) => captured.push(operation),
            None => {
                let listener = LISTENER.read().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some(listener) = listener {
                    listener(operation);
                }
            }
        }
    }
}

/// Tells those who watch of an operation that was recorded by hand.
pub(super) fn recorded_by_hand(kind: OperationKind, name: &str, record: &OperationRecord<'_>, accounted: &Accounted) {
    if is_anybody_watching() {
        let told = Told { kind, name, labels: &[], function: None, streamed: None, fields: Fields::new() };
        current().tell(told, record, accounted, Spent::default());
    }
}
