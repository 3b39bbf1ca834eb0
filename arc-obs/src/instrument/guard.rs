//! One running operation: opened once, current while it runs, ended exactly once.

use crate::clock::Stamp;
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
    started: Stamp,
    span: OpenSpan,
    /// What is current while it runs: itself, if it is an agent, or the agent in
    /// whose name it began.
    inner: Scope,
    /// What was current before it was put in place.
    outer: Scope,
    phase: Phase,
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
            span: OpenSpan::none(),
            inner: Scope { agent: None },
            outer: Scope { agent: None },
            phase: Phase::New,
        }
    }

    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Puts the operation in place on this thread; begins it the first time.
    pub(crate) fn enter(&mut self) {
        if self.phase == Phase::New {
            // First, since a subscriber of the user's runs here: if it panics, nothing has begun.
            self.span.replace(self.callsite.span().open(self.callsite.site()));
            self.inner = Scope { agent: self.callsite.handles().started().or(scope::current().agent) };
            self.started = Stamp::now();
        }
        self.outer = scope::replace(self.inner);
        self.phase = Phase::Running;
        self.span.enter();
    }

    /// Takes it away again.
    #[inline]
    fn leave(&mut self, then: Phase) {
        scope::set(self.outer);
        if self.span.is_open() {
            // A subscriber of the user's runs here: if it panics, so did the operation.
            self.phase = Phase::Unwound;
            self.span.exit();
        }
        self.phase = then;
    }

    /// Ends the operation with what its result says. A second call does nothing.
    pub(crate) fn finish(&mut self, outcome: Outcome, reading: Option<&Reading>) {
        if self.phase == Phase::Running {
            self.leave(Phase::Waiting);
        } else if matches!(self.phase, Phase::New | Phase::Ended) {
            return;
        }
        self.phase = Phase::Ended;
        let record = OperationRecord {
            status: outcome.status,
            duration_nanos: self.started.elapsed_nanos(),
            error_type: outcome.error_type,
            reading,
        };
        self.callsite.handles().finished(&record, self.inner, &self.span);
        self.span.drop_now();
    }

    #[cold]
    fn abandon(&mut self) {
        let status = match self.phase {
            Phase::New | Phase::Ended => return,
            Phase::Running | Phase::Unwound => Status::Panic,
            Phase::Waiting => Status::Cancelled,
        };
        self.finish(Outcome::without_error(status), None);
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

/// An operation that is in place for one poll, and taken away when that unwinds.
pub(crate) struct Polled<'a>(&'a mut Operation);

impl<'a> Polled<'a> {
    #[inline]
    pub(crate) fn enter(operation: &'a mut Operation) -> Self {
        operation.enter();
        Self(operation)
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
    operation.enter();
    let result = body();
    observe(&result).end(&mut operation);
    result
}
