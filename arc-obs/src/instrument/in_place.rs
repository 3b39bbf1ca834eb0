//! The guard of a function whose body stays where it is, for what it returns says
//! nothing of how it ended.

use std::thread;

use crate::operation::Status;

use super::callsite::Callsite;
use super::guard::{Observed, Operation};
use super::outcome::Outcome;

/// The operation of a body that runs beside this guard, and ends with it.
#[derive(Debug)]
#[must_use = "the operation ends when this is dropped"]
pub struct InPlace {
    operation: Operation,
    /// It began in a destructor, while its thread unwound.
    is_unwinding: bool,
}

/// Begins the operation of a function that is not async.
#[inline]
pub fn in_place(callsite: &'static Callsite) -> InPlace {
    let mut operation = Operation::new(callsite);
    operation.enter();
    InPlace { operation, is_unwinding: thread::panicking() }
}

impl Drop for InPlace {
    #[inline]
    fn drop(&mut self) {
        // The thread is the body's own from beginning to end. Where it unwound already when
        // the body began, a panic out of the body would end the process.
        if self.is_unwinding || !thread::panicking() {
            Outcome::without_error(Status::Success).end(&mut self.operation);
        }
    }
}
