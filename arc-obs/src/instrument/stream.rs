//! The stream that a streamed LLM call returns: the operation goes on in it, is current
//! while it is polled, and ends once: at the stream's end, at its first error, where a
//! poll unwinds, or where it is dropped.
//!
//! Which streams can be put into another one is told by the type of what the function
//! returns: where the signature says `impl Stream` the type may change; a boxed stream is
//! boxed again (`kept_levels`). Everything else is a compile error. Reading the chunks is
//! `chunks`, streams of a type of their own are `observed`.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::operation::Usage;
use crate::scope;

use super::callsite::Callsite;
use super::chunks::{Counting, Received};
use super::cost::SaidCost;
use super::guard::{Operation, Polled};
use super::outcome::Outcome;

/// An operation that has begun in a call, to go on in a stream.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) operation: Operation,
    pub(super) received: Received,
    pub(super) cost: SaidCost,
}

impl Running {
    /// Ends it, once: with what was counted until now.
    pub(super) fn end(&mut self, outcome: Outcome) {
        let reading = self.received.take_reading();
        self.received.tell_content();
        let (cost, streamed) = (self.cost.of(&outcome), self.received.streamed());
        self.operation.finish_stream(outcome, reading.as_ref(), cost, streamed);
    }

    /// Polls the stream with the operation in place.
    pub(super) fn poll_next<S: Stream>(
        &mut self,
        stream: Pin<&mut S>,
        context: &mut Context<'_>,
        observe: impl FnOnce(&S::Item, &mut Received) -> Outcome,
    ) -> Poll<Option<S::Item>> {
        if self.operation.has_ended() {
            // The stream answers for what comes after its end; nothing is recorded.
            return stream.poll_next(context);
        }
        let running = InPlace::enter(self);
        let poll = stream.poll_next(context);
        match &poll {
            Poll::Pending => running.0.operation.rest(),
            Poll::Ready(None) => running.0.end(Outcome::SUCCESS),
            Poll::Ready(Some(item)) => {
                let outcome = observe(item, &mut running.0.received);
                if outcome.is_success() { running.0.operation.rest() } else { running.0.end(outcome) }
            }
        }
        poll
    }

    /// Drops the stream, if there still is one, and ends what was not ended. In place, so
    /// that LLM calls in the stream are told to be inside of this one.
    pub(super) fn drop_with<S>(&mut self, mut stream: Pin<&mut Option<S>>) {
        if self.operation.has_ended() {
            return;
        }
        let running = InPlace::enter(self);
        stream.set(None);
        let outcome = if scope::has_recorded_an_end() { Outcome::SUCCESS } else { running.0.received.dropped() };
        running.0.end(outcome);
    }
}

/// A running operation that is in place; where the user's code unwinds, that is its end.
struct InPlace<'a>(&'a mut Running);

impl<'a> InPlace<'a> {
    fn enter(running: &'a mut Running) -> Self {
        running.operation.enter();
        Self(running)
    }
}

impl Drop for InPlace<'_> {
    fn drop(&mut self) {
        if self.0.operation.is_in_place() {
            self.0.end(Outcome::PANICKED);
        }
    }
}

pin_project! {
    /// A stream in which an operation goes on.
    #[must_use = "streams do nothing unless polled"]
    pub struct TrackedStream<S, O> {
        // `None` only while it is dropped: before the operation, and inside of it.
        #[pin]
        stream: Option<S>,
        observe: O,
        running: Running,
    }

    impl<S, O> PinnedDrop for TrackedStream<S, O> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.running.drop_with(this.stream);
        }
    }
}

impl<S, O> TrackedStream<S, O> {
    fn new<T>(stream: S, streaming: Streaming<T>, observe: O) -> Self {
        Self { stream: Some(stream), observe, running: streaming.running }
    }
}

impl<S: Stream, O: FnMut(&S::Item, &mut Received) -> Outcome> Stream for TrackedStream<S, O> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(stream) = this.stream.as_pin_mut() else { return Poll::Ready(None) };
        this.running.poll_next(stream, context, this.observe)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<S: FusedStream, O: FnMut(&S::Item, &mut Received) -> Outcome> FusedStream for TrackedStream<S, O> {
    fn is_terminated(&self) -> bool {
        self.stream.as_ref().is_none_or(FusedStream::is_terminated)
    }
}

impl<S, O> std::fmt::Debug for TrackedStream<S, O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrackedStream").field("running", &self.running).finish_non_exhaustive()
    }
}

/// What a call has begun and a stream of `T` goes on with.
#[derive(Debug)]
pub struct Streaming<T> {
    running: Running,
    /// What the function's own result says.
    outcome: Outcome,
    items: PhantomData<fn(T)>,
}

impl<T> Streaming<T> {
    /// There is no stream after all: the call ends as its result says.
    fn end(mut self) {
        let (outcome, cost) = (self.outcome, self.running.cost.of(&self.outcome));
        let streamed = self.running.received.streamed();
        self.running.operation.finish_stream(outcome, None, cost, streamed);
    }

    /// `cost = …`
    pub fn costing(mut self, cost: SaidCost) -> Self {
        self.running.cost = cost;
        self
    }
}

/// The call has returned: what it began goes on in what it returned. Its items are named
/// where the signature names them, for the body may leave a part of their type open.
pub fn streaming<T>(mut operation: Operation, outcome: Outcome, counting: Counting) -> Streaming<T> {
    let received = operation.receives(counting);
    Streaming { running: Running { operation, received, cost: SaidCost::NONE }, outcome, items: PhantomData }
}

/// An operation that begins when it is first in place.
#[must_use]
pub const fn stream_operation(callsite: &'static Callsite) -> Operation {
    Operation::new(callsite)
}

/// Runs a function that returns a stream, and lets `wrap` put the operation into it.
pub fn stream_sync<R, W>(
    mut operation: Operation,
    body: impl FnOnce() -> R,
    wrap: impl FnOnce(R, Operation) -> W,
) -> W {
    operation.enter();
    let result = body();
    operation.rest();
    operation.telling().in_place(|| wrap(result, operation))
}

pin_project! {
    /// The body of an async function that returns a stream.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct TrackedToStream<F, W> {
        #[pin]
        body: F,
        wrap: Option<W>,
        operation: Operation,
    }
}

/// The same of an async function.
pub const fn stream_future<F, W, R>(operation: Operation, body: F, wrap: W) -> TrackedToStream<F, W>
where
    F: Future,
    W: FnOnce(F::Output, Operation) -> R,
{
    TrackedToStream { body, wrap: Some(wrap), operation }
}

impl<F, W, R> Future for TrackedToStream<F, W>
where
    F: Future,
    W: FnOnce(F::Output, Operation) -> R,
{
    type Output = R;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        let this = self.project();
        if this.operation.has_ended() {
            // An async body panics by itself; of any other future this is the fused one.
            let _ = this.body.poll(context);
            return Poll::Pending;
        }
        let polled = Polled::enter(this.operation);
        let poll = this.body.poll(context);
        polled.wait();
        match (poll, this.wrap.take()) {
            (Poll::Ready(result), Some(wrap)) => {
                let operation = this.operation.hand_over();
                Poll::Ready(operation.telling().in_place(|| wrap(result, operation)))
            }
            (_, wrap) => {
                *this.wrap = wrap;
                Poll::Pending
            }
        }
    }
}

/// What a function returns, to be told by its type.
#[derive(Debug)]
pub struct Returned<'a, T: ?Sized>(pub &'a T);

/// A stream behind a pointer, which can be put into another one of the same type.
pub trait Keep: Sized {
    /// What the stream yields.
    type Item;

    /// The same type, with the operation inside.
    fn keep<O>(self, streaming: Streaming<Self::Item>, observe: O) -> Self
    where
        O: FnMut(&Self::Item, &mut Received) -> Outcome + Send + Sync + 'static;
}

macro_rules! keep {
    ($([$pointer:ty] $make:path;)*) => {$(
        impl<'a, T: 'a> Keep for $pointer {
            type Item = T;

            fn keep<O>(self, streaming: Streaming<Self::Item>, observe: O) -> Self
            where
                O: FnMut(&T, &mut Received) -> Outcome + Send + Sync + 'static,
            {
                $make(TrackedStream::new(self, streaming, observe))
            }
        }
    )*};
}

keep! {
    [Pin<Box<dyn Stream<Item = T> + 'a>>] Box::pin;
    [Pin<Box<dyn Stream<Item = T> + Send + 'a>>] Box::pin;
    [Pin<Box<dyn Stream<Item = T> + Send + Sync + 'a>>] Box::pin;
    [Box<dyn Stream<Item = T> + Unpin + 'a>] Box::new;
    [Box<dyn Stream<Item = T> + Send + Unpin + 'a>] Box::new;
    [Box<dyn Stream<Item = T> + Send + Sync + Unpin + 'a>] Box::new;
}

impl<S: Keep, E> Keep for Result<S, E> {
    type Item = S::Item;

    fn keep<O>(self, streaming: Streaming<Self::Item>, observe: O) -> Self
    where
        O: FnMut(&S::Item, &mut Received) -> Outcome + Send + Sync + 'static,
    {
        match self {
            Ok(stream) => Ok(stream.keep(streaming, observe)),
            Err(error) => {
                streaming.end();
                Err(error)
            }
        }
    }
}

impl<S: Keep> Keep for Option<S> {
    type Item = S::Item;

    fn keep<O>(self, streaming: Streaming<Self::Item>, observe: O) -> Self
    where
        O: FnMut(&S::Item, &mut Received) -> Outcome + Send + Sync + 'static,
    {
        let Some(stream) = self else {
            streaming.end();
            return None;
        };
        Some(stream.keep(streaming, observe))
    }
}

/// What has no type into which an operation could be put, or is no stream at all.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no stream that `#[track_llm(.., stream)]` could follow",
    label = "this is no stream",
    note = "leave `stream` out for a function that returns its answer at once",
    note = "a stream is returned as `impl Stream`, `Pin<Box<dyn Stream>>`, or a `Result` of one of them; or inside of anything, where the body says which it is: `stream = observed` and `arc_obs::observe_stream(stream)`"
)]
pub trait ReturnsStream {}

/// What only a stream that may be of another type is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a stream of a type of its own, which cannot be observed from outside",
    label = "its type would change",
    note = "observe the stream in the body: `#[track_llm(model = \"…\", stream = observed)]` and `arc_obs::observe_stream(stream)`, whose type is `arc_obs::ObservedStream`",
    note = "or return it as `impl Stream<Item = …>` or `Pin<Box<dyn Stream<Item = …>>>`"
)]
pub trait MayChange {}

/// The levels of what is returned, where its type must stay as it is.
pub mod kept_levels {
    use super::{Keep, MayChange, Outcome, Received, Returned, ReturnsStream, Stream, Streaming, Usage};

    /// It can be put into another one of the same type.
    pub trait Kept {
        /// The tag.
        fn arc_obs_stream_kind(&self) -> ByKeeping {
            ByKeeping
        }
    }
    impl<S: Keep> Kept for &&&Returned<'_, S> {}

    /// It is a stream of a type of its own.
    pub trait Concrete {
        /// The tag.
        fn arc_obs_stream_kind(&self) -> ByNoType {
            ByNoType
        }
    }
    impl<S: Stream> Concrete for &&Returned<'_, S> {}

    /// It may be one.
    pub trait ConcreteOrError {
        /// The tag.
        fn arc_obs_stream_kind(&self) -> ByNoTypeOfResult {
            ByNoTypeOfResult
        }
    }
    impl<S: Stream, E> ConcreteOrError for &Returned<'_, Result<S, E>> {}

    /// It is no stream.
    pub trait NoStream {
        /// The tag.
        fn arc_obs_stream_kind(&self) -> ByNothing {
            ByNothing
        }
    }
    impl<T: ?Sized> NoStream for Returned<'_, T> {}

    /// See [`Kept`].
    #[derive(Debug)]
    pub struct ByKeeping;
    /// See [`Concrete`].
    #[derive(Debug)]
    pub struct ByNoType;
    /// See [`ConcreteOrError`].
    #[derive(Debug)]
    pub struct ByNoTypeOfResult;
    /// See [`NoStream`].
    #[derive(Debug)]
    pub struct ByNothing;

    impl ByKeeping {
        /// Puts the operation into the stream.
        pub fn wrap<S: Keep, O>(self, result: S, streaming: Streaming<S::Item>, observe: O) -> S
        where
            O: FnMut(&S::Item, &mut Received) -> Outcome + Send + Sync + 'static,
        {
            result.keep(streaming, observe)
        }
    }

    impl ByNoType {
        /// Does not compile.
        pub fn wrap<S: Stream + MayChange, O>(self, result: S, streaming: Streaming<S::Item>, _: O) -> S
        where
            O: FnMut(&S::Item, &mut Received) -> Outcome,
        {
            streaming.end();
            result
        }
    }

    impl ByNoTypeOfResult {
        /// Does not compile.
        pub fn wrap<S: Stream + MayChange, E, O>(
            self,
            result: Result<S, E>,
            streaming: Streaming<S::Item>,
            _: O,
        ) -> Result<S, E>
        where
            O: FnMut(&S::Item, &mut Received) -> Outcome,
        {
            streaming.end();
            result
        }
    }

    impl ByNothing {
        /// Does not compile.
        pub fn wrap<T: ReturnsStream, O>(self, result: T, streaming: Streaming<Usage>, _: O) -> T
        where
            O: FnMut(&Usage, &mut Received) -> Outcome,
        {
            streaming.end();
            result
        }
    }
}

/// The levels of what is returned, where the signature says `impl Stream`.
pub mod open_levels {
    use super::{Outcome, Received, Returned, ReturnsStream, Stream, Streaming, TrackedStream};

    /// It is a stream.
    pub trait Open {
        /// The tag.
        fn arc_obs_stream_kind(&self) -> ByStream {
            ByStream
        }
    }
    impl<S: Stream> Open for &&&Returned<'_, S> {}

    /// It may be one.
    pub trait OpenOrError {
        /// The tag.
        fn arc_obs_stream_kind(&self) -> ByResult {
            ByResult
        }
    }
    impl<S: Stream, E> OpenOrError for &&Returned<'_, Result<S, E>> {}

    /// It may be one, too.
    pub trait OpenOrNothing {
        /// The tag.
        fn arc_obs_stream_kind(&self) -> ByOption {
            ByOption
        }
    }
    impl<S: Stream> OpenOrNothing for &Returned<'_, Option<S>> {}

    /// It is no stream.
    pub trait NoStream {
        /// The tag.
        fn arc_obs_stream_kind(&self) -> ByNothing {
            ByNothing
        }
    }
    impl<T: ?Sized> NoStream for Returned<'_, T> {}

    /// See [`Open`].
    #[derive(Debug)]
    pub struct ByStream;
    /// See [`OpenOrError`].
    #[derive(Debug)]
    pub struct ByResult;
    /// See [`OpenOrNothing`].
    #[derive(Debug)]
    pub struct ByOption;
    /// See [`NoStream`].
    #[derive(Debug)]
    pub struct ByNothing;

    impl ByStream {
        /// Puts the operation into the stream.
        pub fn wrap<S: Stream<Item = T>, T, O>(
            self,
            result: S,
            streaming: Streaming<T>,
            observe: O,
        ) -> TrackedStream<S, O>
        where
            O: FnMut(&T, &mut Received) -> Outcome,
        {
            TrackedStream::new(result, streaming, observe)
        }
    }

    impl ByResult {
        /// Puts the operation into the stream, if there is one.
        pub fn wrap<S: Stream<Item = T>, T, E, O>(
            self,
            result: Result<S, E>,
            streaming: Streaming<T>,
            observe: O,
        ) -> Result<TrackedStream<S, O>, E>
        where
            O: FnMut(&T, &mut Received) -> Outcome,
        {
            match result {
                Ok(stream) => Ok(TrackedStream::new(stream, streaming, observe)),
                Err(error) => {
                    streaming.end();
                    Err(error)
                }
            }
        }
    }

    impl ByOption {
        /// Puts the operation into the stream, if there is one.
        pub fn wrap<S: Stream<Item = T>, T, O>(
            self,
            result: Option<S>,
            streaming: Streaming<T>,
            observe: O,
        ) -> Option<TrackedStream<S, O>>
        where
            O: FnMut(&T, &mut Received) -> Outcome,
        {
            let Some(stream) = result else {
                streaming.end();
                return None;
            };
            Some(TrackedStream::new(stream, streaming, observe))
        }
    }

    impl ByNothing {
        /// Does not compile.
        pub fn wrap<R: ReturnsStream, T, O>(self, result: R, streaming: Streaming<T>, _: O) -> R
        where
            O: FnMut(&T, &mut Received) -> Outcome,
        {
            streaming.end();
            result
        }
    }
}
