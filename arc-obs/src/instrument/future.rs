//! The future that wraps an annotated async function's body.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::callsite::Callsite;
use super::fields::while_made;
use super::guard::{Observed, Operation, Polled};

pin_project! {
    /// An annotated function's body: begins at the first poll, is current while it
    /// is polled, and ends when it is ready or dropped.
    ///
    /// The field order matters: the body is dropped before the operation, so that
    /// the time of its destructors is part of it. (Its scope and span are in place
    /// only while it is polled.)
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Tracked<F, O> {
        #[pin]
        body: F,
        observe: Option<O>,
        operation: Operation,
    }
}

/// Wraps the body of an annotated async function.
#[inline]
pub const fn track_future<F, O, S>(callsite: &'static Callsite, body: F, observe: O) -> Tracked<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> S,
    S: Observed,
{
    run_future(Operation::new(callsite), body, observe)
}

/// Wraps the body of an operation, which may have begun.
#[inline]
pub const fn run_future<F, O, S>(operation: Operation, body: F, observe: O) -> Tracked<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> S,
    S: Observed,
{
    Tracked { body, observe: Some(observe), operation }
}

/// The same, of a function that makes the future, which can set the operation's fields
/// while it does.
pub fn run_made_future<T, F, O, S>(mut operation: Operation, make: impl FnOnce() -> F, observe: O) -> Tracked<F, O>
where
    F: Future<Output = T>,
    O: FnOnce(&F::Output) -> S,
    S: Observed,
{
    let body = while_made(&mut operation, make);
    run_future(operation, body, observe)
}

/// Makes and wraps the future of a function that returns `impl Future<Output = T>`. What
/// its body leaves open, the error of an async block for one, is inferred from `T`, as it
/// is where nothing stands around the body.
#[inline]
pub fn track_made<T, F, O, S>(callsite: &'static Callsite, make: impl FnOnce() -> F, observe: O) -> Tracked<F, O>
where
    F: Future<Output = T>,
    // Not of `T`: where the two differ, that is one mistake.
    O: FnOnce(&F::Output) -> S,
    S: Observed,
{
    track_future(callsite, make(), observe)
}

impl<F, O, S> Future for Tracked<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> S,
    S: Observed,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if this.operation.has_ended() {
            // Polled after it was ready: the body answers for that, nothing is recorded.
            return this.body.poll(context);
        }
        let polled = Polled::enter(this.operation);
        let poll = this.body.poll(context);
        if let Poll::Ready(result) = &poll {
            if let Some(observe) = this.observe.take() {
                polled.end(observe(result));
                return poll;
            }
        }
        polled.wait();
        poll
    }
}
