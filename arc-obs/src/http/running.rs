//! A request that is being answered.

use crate::instrument::Served;
use crate::propagation::TraceContext;

/// A request that is being answered, and of which trace it is.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) served: Served,
    context: TraceContext,
}

impl Running {
    pub(super) fn new(served: Served, context: TraceContext) -> Self {
        Self { served, context }
    }

    /// Runs something as part of it.
    pub(super) fn run<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let _in_place = self.context.attach();
        self.served.run(run)
    }

    /// Drops the rest of it as part of it.
    pub(super) fn dropped(&mut self, whole: Option<u16>, drop_rest: impl FnOnce()) {
        let _in_place = self.context.attach();
        self.served.dropped(whole, drop_rest);
    }
}
