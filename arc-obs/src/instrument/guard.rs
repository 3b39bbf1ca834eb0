//! One running operation: opened once, current while it runs, ended exactly once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::clock::{ManualClock, Stamp};
use crate::hub::{self, Handles, Watched};
use crate::metrics::ChunkSeries;
use crate::operation::{OperationRecord, Reading, SiteKind, Status, Streamed, Usd};
use crate::scope::{self, Inside, LlmCall, Scope};
use crate::settings::ENABLED;
use crate::trace::{OpenSpan, SpanSite, Telling};

use super::callsite::{Callsite, Resolved};
use super::chunks::{Counting, Received};
use super::fields::{OpenFields, OwnFields, answer_in_chunks};
use super::outcome::Outcome;

/// A running operation. Dropping one that has begun and not ended records it as
/// panicked, if its own poll (or call) unwound, and as cancelled otherwise.
///
/// `std::thread::panicking()` would not do: a future that is dropped while a
/// sibling unwinds did not panic itself.
#[derive(Debug)]
pub struct Operation {
    callsite: &'static Callsite,
    started: Stamp,
    /// What is current while it runs: itself, if it is an agent, or the agent in
    /// whose name it began.
    inner: Scope,
    /// What was current before it was put in place.
    outer: Scope,
    phase: Phase,
    carried: Carried,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Never polled: dropping it records nothing.
    New,
    /// In place on this thread: inside the call, or inside a poll.
    Running,
    /// Between two polls.
    Waiting,
    /// A poll unwound.
    Unwound,
    Ended,
}

impl Operation {
    #[inline]
    pub(crate) const fn new(callsite: &'static Callsite) -> Self {
        Self {
            callsite,
            started: Stamp::NEVER,
            inner: Scope { agent: None },
            outer: Scope { agent: None },
            phase: Phase::New,
            carried: Carried(None),
        }
    }

    /// One whose fields were said before it begins.
    pub(super) fn with_fields(callsite: &'static Callsite, fields: Box<OpenFields>) -> Self {
        let rest = Rest {
            span: OpenSpan::none(),
            telling: Telling::default(),
            is_llm: false,
            llm_call: None,
            request: None,
            watched: None,
            streamed: None,
            fields: OwnFields::new(Some(fields)),
        };
        Self { carried: Carried(Some(Box::new(rest))), ..Self::new(callsite) }
    }

    /// Its fields, while it is not in place.
    pub(super) fn fields(&mut self) -> Option<&mut OwnFields> {
        self.carried.0.as_mut().map(|rest| &mut rest.fields)
    }

    /// Says something of it that its span alone shows, where there is one.
    #[cfg(feature = "tower")]
    pub(super) fn tell(&self, name: &'static str, value: impl FnOnce() -> crate::operation::FieldValue) {
        let Some(rest) = &self.carried.0 else { return };
        let span = rest.span.content();
        if span.is_recorded() {
            span.tell(name, value());
        }
    }

    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Puts the operation in place on this thread; begins it the first time.
    pub(crate) fn enter(&mut self) {
        if !ENABLED {
            return;
        }
        if self.phase == Phase::New {
            // First, since a subscriber of the user's runs here: if it panics, nothing has begun.
            let resolved = self.callsite.resolved();
            let is_rare = SpanSite::is_anybody_listening() || resolved.carries || hub::is_anybody_watching();
            let handles = if is_rare { self.carried.begin(resolved) } else { &resolved.handles };
            self.inner = Scope { agent: handles.started().or(scope::current().agent) };
            self.started = Stamp::now();
        }
        self.outer = scope::replace(self.inner);
        self.phase = Phase::Running;
        if let Some(carried) = &mut self.carried.0 {
            carried.enter();
        }
    }

    /// Whether it is in place on this thread.
    pub(super) fn is_in_place(&self) -> bool {
        self.phase == Phase::Running
    }

    /// Whether a call or a poll of it unwound.
    pub(super) fn has_unwound(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Unwound)
    }

    /// Takes it away until it is polled again, by whom it is handed to.
    pub(super) fn rest(&mut self) {
        self.leave(Phase::Waiting);
    }

    /// To whom its error is told, for where that is found while it is not in place.
    pub(super) fn telling(&self) -> Telling {
        self.carried.0.as_ref().map_or_else(Telling::default, |rest| rest.span.telling())
    }

    /// Hands it over to what lives longer; what stays behind has ended.
    pub(super) fn hand_over(&mut self) -> Self {
        let mut ended = Self::new(self.callsite);
        ended.phase = Phase::Ended;
        std::mem::replace(self, ended)
    }

    /// By which clock its chunks are timed, and where that goes.
    pub(super) fn chunk_clock(&self) -> ChunkClock {
        let watched = self.carried.0.as_ref().and_then(|rest| rest.watched.as_ref());
        let handles = watched.and_then(|watched| watched.handles());
        let handles = handles.unwrap_or_else(|| &self.callsite.resolved().handles);
        ChunkClock {
            started: self.started,
            manual: watched.and_then(|watched| watched.manual_start()),
            series: handles.chunks(),
        }
    }

    /// What comes of its answer, counted in this way.
    pub(super) fn receives(&mut self, counting: Counting) -> Received {
        let declared = self.callsite.resolved().site.fields;
        let content = declared.and_then(|declared| answer_in_chunks(self, declared));
        Received::new(counting, self.chunk_clock(), content)
    }

    /// Its body is done: it hands no stream over any more.
    pub(super) fn takes_no_stream(&mut self) {
        if let Some(call) = self.carried.0.as_mut().and_then(|rest| rest.llm_call.as_mut()) {
            call.stream = None;
        }
    }

    /// Takes it away again.
    #[inline]
    fn leave(&mut self, then: Phase) {
        if !ENABLED {
            return;
        }
        scope::set(self.outer);
        if let Some(carried) = &mut self.carried.0 {
            // A subscriber of the user's runs here: if it panics, so did the operation.
            self.phase = Phase::Unwound;
            carried.leave();
        }
        self.phase = then;
    }

    /// Ends the operation with what its result says. A second call does nothing.
    pub(crate) fn finish(&mut self, outcome: Outcome, result: Option<&Reading>) {
        self.finish_at(outcome, result, None, None, None);
    }

    /// The same, of one whose attribute says what it costs. Apart, so that the others
    /// carry nothing of it.
    pub(crate) fn finish_charged(&mut self, outcome: Outcome, result: Option<&Reading>, cost: Option<Usd>) {
        self.finish_at(outcome, result, cost, None, None);
    }

    /// The same, of a look-up in a cache. Apart, too.
    pub(crate) fn finish_lookup(&mut self, outcome: Outcome, hit: Option<bool>) {
        self.finish_at(outcome, None, None, hit, None);
    }

    /// The same, of an LLM call whose answer came in chunks. Apart, too.
    pub(super) fn finish_stream(
        &mut self,
        outcome: Outcome,
        result: Option<&Reading>,
        cost: Option<Usd>,
        streamed: Streamed,
    ) {
        if let Some(rest) = &mut self.carried.0 {
            rest.streamed = Some(streamed);
        }
        self.finish_at(outcome, result, cost, None, None);
    }

    /// The same, of a request. Apart, too.
    pub(crate) fn finish_answered(&mut self, outcome: Outcome, http_status: Option<u16>) {
        self.finish_at(outcome, None, None, None, http_status);
    }

    #[inline(always)]
    fn finish_at(
        &mut self,
        outcome: Outcome,
        result: Option<&Reading>,
        cost: Option<Usd>,
        hit: Option<bool>,
        http_status: Option<u16>,
    ) {
        match self.phase {
            Phase::Running => self.leave(Phase::Waiting),
            Phase::Waiting | Phase::Unwound => {}
            Phase::New | Phase::Ended => return,
        }
        self.phase = Phase::Ended;
        let Outcome { status, error_type } = outcome;
        let duration_nanos = self.started.elapsed_nanos();
        let handles = &self.callsite.resolved().handles;
        // A record for each way, so that on the usual one it stays in registers.
        let record =
            |readings| OperationRecord { status, duration_nanos, error_type, readings, cost, hit, http_status };
        match self.carried.0.take() {
            // No LLM call and no request: those carry something.
            None => handles.finished(&record(&[]), self.inner),
            Some(rest) => {
                let readings = result.map_or(&[][..], std::slice::from_ref);
                rest.finish(self.callsite, &record(readings), self.inner);
            }
        }
    }

    #[cold]
    fn abandon(&mut self) {
        let status = match self.phase {
            Phase::New | Phase::Ended => return,
            Phase::Running | Phase::Unwound => Status::Panic,
            Phase::Waiting => Status::Cancelled,
        };
        // A subscriber of the user's runs here, and a panic of it must not meet one that is
        // on its way.
        let end = AssertUnwindSafe(|| self.finish(Outcome::without_error(status), None));
        if let Err(payload) = catch_unwind(end) {
            // Its destructor is the user's, too, and may panic.
            std::mem::forget(payload);
        }
    }
}

impl Drop for Operation {
    #[inline]
    fn drop(&mut self) {
        if self.phase != Phase::Ended {
            self.abandon();
        }
    }
}

/// What only some operations carry along. Nothing of it is inlined into the others,
/// the glue that drops it included.
#[derive(Debug)]
struct Carried(Option<Box<Rest>>);

#[derive(Debug)]
struct Rest {
    span: OpenSpan,
    /// To whom its error is told, or that of the one around it while this one is in place.
    telling: Telling,
    is_llm: bool,
    /// The LLM call itself, or the one around it while this one is in place.
    llm_call: Option<LlmCall>,
    request: Option<Request>,
    watched: Option<Box<Watched>>,
    fields: OwnFields,
    /// How its answer came in parts, if it did.
    streamed: Option<Streamed>,
}

/// What an HTTP request carries along.
#[derive(Debug)]
struct Request {
    /// Whether this is the outermost one, which counts.
    is_counted: bool,
    /// Whether one is being counted while this one is in place, or was before.
    swapped: bool,
}

const INNER_REQUEST: &Handles = &Handles::InnerRequest;

impl Carried {
    /// Hands back where the operation records: for a capture that is not where the others of
    /// its function do.
    #[cold]
    fn begin(&mut self, resolved: &'static Resolved) -> &Handles {
        let site = &resolved.site;
        let mut said = self.0.take().and_then(|rest| rest.fields.said());
        let watched = if hub::is_anybody_watching() { Watched::begin(site).map(Box::new) } else { None };
        let values = said.as_deref_mut().map_or(&mut [][..], OpenFields::values);
        let span = resolved.span.open(site, values, watched.is_some());
        let llm_call = match site.kind {
            SiteKind::Llm { recorded, streamed, .. } => {
                Some(LlmCall { takes_records: recorded, is_streamed: streamed, ..LlmCall::default() })
            }
            _ => None,
        };
        let request = match site.kind {
            SiteKind::Request { .. } => Some(Request { is_counted: !scope::is_request_counted(), swapped: true }),
            _ => None,
        };
        let is_inner_request = request.as_ref().is_some_and(|request| !request.is_counted);
        let fields = OwnFields::begin(said, site, &span, watched.is_some());
        if span.is_open() || llm_call.is_some() || request.is_some() || watched.is_some() || fields.are_some() {
            let is_llm = llm_call.is_some();
            let telling = span.telling();
            self.0 = Some(Box::new(Rest { span, telling, is_llm, llm_call, request, watched, fields, streamed: None }));
        }
        if is_inner_request {
            return INNER_REQUEST;
        }
        let captured = self.0.as_ref().and_then(|rest| rest.watched.as_ref()?.handles());
        let handles = captured.unwrap_or(&resolved.handles);
        handles.request_started();
        handles
    }
}

impl Drop for Carried {
    #[inline]
    fn drop(&mut self) {
        if let Some(rest) = self.0.take() {
            drop_rest(rest);
        }
    }
}

#[cold]
fn drop_rest(rest: Box<Rest>) {
    drop(rest);
}

impl Rest {
    #[inline(never)]
    fn enter(&mut self) {
        self.swap_llm_call();
        self.fields.enter();
        self.swap_request();
        if let Some(watched) = &mut self.watched {
            watched.swap();
        }
        if self.span.is_open() {
            self.telling.swap();
        }
        self.span.enter();
    }

    #[inline(never)]
    fn leave(&mut self) {
        self.swap_llm_call();
        self.fields.leave();
        self.swap_request();
        if let Some(watched) = &mut self.watched {
            watched.swap();
        }
        if self.span.is_open() {
            self.telling.swap();
        }
        self.span.exit();
    }

    fn swap_llm_call(&mut self) {
        if self.is_llm {
            self.llm_call = scope::replace_llm_call(self.llm_call.take());
        }
    }

    fn swap_request(&mut self) {
        if let Some(request) = &mut self.request {
            request.swapped = scope::replace_request(request.swapped);
        }
    }

    #[inline(never)]
    #[allow(clippy::boxed_local, reason = "dropped here, so that the caller has no code for it")]
    fn finish(mut self: Box<Self>, callsite: &'static Callsite, record: &OperationRecord<'_>, scope: Scope) {
        let Resolved { site, handles, .. } = callsite.resolved();
        let call = if self.is_llm { self.llm_call.take() } else { None };
        let LlmCall { mut recorded, mut inside, .. } = call.unwrap_or_default();
        let (readings, cost) = counted_once(&mut recorded, &mut inside, record, self.streamed.is_some());
        let watched = self.watched.as_deref();
        let duration_nanos = watched.and_then(Watched::duration_nanos).unwrap_or(record.duration_nanos);
        let (handles, http_status) = match &self.request {
            None => (handles, None),
            Some(request) => {
                let http_status = record.http_status.unwrap_or(record.status.http_status());
                (if request.is_counted { handles } else { INNER_REQUEST }, Some(http_status))
            }
        };
        let record = OperationRecord { readings, cost, duration_nanos, http_status, ..*record };
        let accounted =
            handles.finished_in_view(site, &record, scope, &self.span, watched, self.streamed, || self.fields.told());
        if self.is_llm {
            hub::tell_outer_call(&record, &accounted, inside, self.streamed.is_some());
        }
    }
}

/// What counts as an LLM call's readings and cost: what its body recorded, or what its
/// result says; nothing that a call inside it has counted.
fn counted_once<'a>(
    recorded: &'a mut Vec<Reading>,
    inside: &mut Inside,
    record: &OperationRecord<'a>,
    is_stream: bool,
) -> (&'a [Reading], Option<Usd>) {
    let was_recorded = !recorded.is_empty();
    recorded.retain(|reading| !reading.usage.is_some_and(|usage| inside.take(usage)));
    // What a stream inside it counted until both were cut off.
    let is_passed_on = |reading: &Reading| {
        // Of what is no stream only the very same: a smaller one may be another answer.
        reading.usage.is_some_and(|usage| inside.has_cut_off(usage, is_stream))
    };
    let readings = match &recorded[..] {
        [] if was_recorded || inside.counted || record.readings.iter().any(is_passed_on) => &[],
        [] => record.readings,
        recorded => recorded,
    };
    let cost = match record.cost {
        // Nothing more to pay, where its own tokens still count.
        Some(_) if inside.paid => (!readings.is_empty()).then_some(Usd::ZERO),
        None if inside.paid && !was_recorded && !readings.is_empty() => Some(Usd::ZERO),
        cost => cost,
    };
    (readings, cost)
}

/// An operation that is in place for one poll, and taken away when that unwinds.
pub(crate) struct Polled<'a>(&'a mut Operation);

impl<'a> Polled<'a> {
    #[inline]
    pub(crate) fn enter(operation: &'a mut Operation) -> Self {
        operation.enter();
        Self(operation)
    }

    /// The same of one that is in place already.
    pub(super) fn entered(operation: &'a mut Operation) -> Self {
        Self(operation)
    }

    /// Ends the poll, and the operation or what goes on of it.
    pub(super) fn end_with(self, end: impl FnOnce(&mut Operation)) {
        end(self.0);
    }

    /// The poll came back pending.
    #[inline]
    pub(crate) fn wait(self) {
        self.0.leave(Phase::Waiting);
    }

    /// The poll came back ready.
    #[inline]
    pub(crate) fn end(self, observed: impl Observed) {
        observed.end(self.0);
    }
}

impl Drop for Polled<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.phase == Phase::Running {
            self.0.leave(Phase::Unwound);
        }
    }
}

/// How long ago an operation began, and where the times of its chunks go.
#[derive(Debug)]
pub(super) struct ChunkClock {
    started: Stamp,
    /// The same by the clock of a capture.
    manual: Option<(u64, ManualClock)>,
    pub(super) series: Option<ChunkSeries>,
}

impl ChunkClock {
    pub(super) fn elapsed_nanos(&self) -> u64 {
        match &self.manual {
            Some((started, clock)) => clock.nanos().saturating_sub(*started),
            None => self.started.elapsed_nanos(),
        }
    }
}

/// What an expansion's closure says of a result.
pub trait Observed {
    /// Whether the operation did what it was called for.
    fn is_success(&self) -> bool;

    /// Ends the operation with it.
    fn end(self, operation: &mut Operation);

    /// Ends the operation with it, and with what it costs, where that is known.
    fn end_charged(self, operation: &mut Operation, cost: Option<Usd>);
}

impl Observed for Outcome {
    #[inline]
    fn end(self, operation: &mut Operation) {
        operation.finish(self, None);
    }

    fn is_success(&self) -> bool {
        self.status.is_success()
    }

    fn end_charged(self, operation: &mut Operation, cost: Option<Usd>) {
        operation.finish_charged(self, None, cost);
    }
}

/// Begins an operation and runs something inside of it, before its body.
pub(super) fn begin<T>(mut operation: Operation, first: impl FnOnce() -> T) -> (Operation, T) {
    let polled = Polled::enter(&mut operation);
    let value = first();
    polled.wait();
    (operation, value)
}

/// Runs an annotated function that is not async.
#[inline]
pub fn track_sync<R, O: Observed>(
    callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    observe: impl FnOnce(&R) -> O,
) -> R {
    run_sync(Operation::new(callsite), body, observe)
}

/// Runs the body of an operation, which may have begun.
#[inline]
pub fn run_sync<R, O: Observed>(
    mut operation: Operation,
    body: impl FnOnce() -> R,
    observe: impl FnOnce(&R) -> O,
) -> R {
    operation.enter();
    let result = body();
    observe(&result).end(&mut operation);
    // It has ended and carries nothing any more: there is nothing to drop.
    std::mem::forget(operation);
    result
}
