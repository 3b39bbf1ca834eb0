//! One running operation: opened once, entered while it runs, ended exactly once.

use crate::clock;
use crate::operation::{OperationRecord, Reading, Status};
use crate::scope::{self, Scope};
use crate::trace::OpenSpan;

use super::callsite::Callsite;
use super::outcome::Outcome;

/// A running operation. Dropping one that has begun and not ended records it as
/// panicked, if its own poll (or call) unwound, and as cancelled otherwise.
///
/// `std::thread::panicking()` would not do: a future that is dropped while a
/// sibling unwinds did not panic itself.
#[derive(Debug)]
pub struct Operation {
    callsite: &'static Callsite,
    started_at: u64,
    span: OpenSpan,
    outer: Scope,
    inner: Scope,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Never polled: dropping it records nothing.
    New,
    /// Inside a poll or the call; seen on drop only if that unwound.
    Running,
    /// Between two polls.
    Waiting,
    Ended,
}

impl Operation {
    #[inline]
    pub(crate) const fn new(callsite: &'static Callsite) -> Self {
        Self {
            callsite,
            started_at: 0,
            span: OpenSpan::none(),
            outer: Scope { agent: None },
            inner: Scope { agent: None },
            phase: Phase::New,
        }
    }

    fn begin(&mut self) {
        self.outer = scope::current();
        // First, since a subscriber of the user's runs here: if it panics, nothing has begun.
        self.span = self.callsite.span().open(self.callsite.site());
        self.inner = Scope { agent: self.callsite.handles().started().or(self.outer.agent) };
        self.started_at = clock::now();
    }

    /// Makes the operation current until the returned guard is dropped; begins it
    /// the first time.
    pub(crate) fn enter(&mut self) -> Entered<'_> {
        match self.phase {
            Phase::New => self.begin(),
            Phase::Waiting | Phase::Running => {}
            // Polled after it was ready: the body answers for that, nothing is recorded.
            Phase::Ended => return Entered { previous: scope::current(), operation: self, returned: Phase::Ended },
        }
        self.phase = Phase::Running;
        self.span.enter();
        let previous = scope::replace(self.inner);
        Entered { operation: self, previous, returned: Phase::Running }
    }

    /// Ends the operation with what its result says. A second call does nothing.
    pub(crate) fn finish(&mut self, outcome: Outcome, reading: Option<Reading>) {
        if matches!(self.phase, Phase::New | Phase::Ended) {
            return;
        }
        self.phase = Phase::Ended;
        let record = OperationRecord {
            status: outcome.status,
            duration_nanos: clock::now().saturating_sub(self.started_at),
            error_type: outcome.error_type,
            reading,
        };
        self.callsite.handles().finished(&record, self.outer, &self.span);
        self.span = OpenSpan::none();
    }
}

impl Drop for Operation {
    #[inline]
    fn drop(&mut self) {
        let status = match self.phase {
            Phase::New | Phase::Ended => return,
            Phase::Running => Status::Panic,
            Phase::Waiting => Status::Cancelled,
        };
        self.finish(Outcome::without_error(status), None);
    }
}

/// The operation is current on this thread.
pub(crate) struct Entered<'a> {
    operation: &'a mut Operation,
    previous: Scope,
    /// What the phase is once this is dropped.
    returned: Phase,
}

impl Entered<'_> {
    /// The poll (or the call) came back: what is dropped later was not a panic.
    #[inline]
    pub(crate) fn leave(mut self) {
        if self.returned == Phase::Running {
            self.returned = Phase::Waiting;
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        scope::replace(self.previous);
        self.operation.span.exit();
        self.operation.phase = self.returned;
    }
}

/// What an expansion's closure says of a result.
pub trait Observed {
    /// Ends the operation with it.
    fn end(self, operation: &mut Operation);
}

impl Observed for Outcome {
    #[inline]
    fn end(self, operation: &mut Operation) {
        operation.finish(self, None);
    }
}

/// Runs an annotated function that is not async.
#[inline]
pub fn track_sync<R, O: Observed>(
    callsite: &'static Callsite,
    body: impl FnOnce() -> R,
    observe: impl FnOnce(&R) -> O,
) -> R {
    let mut operation = Operation::new(callsite);
    let entered = operation.enter();
    let result = body();
    entered.leave();
    observe(&result).end(&mut operation);
    result
}
