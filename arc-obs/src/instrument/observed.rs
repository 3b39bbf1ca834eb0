//! Streams of a type of their own: the body says which stream is the answer.
//!
//! While a function with `stream = observed` runs, its operation is the function's, and
//! what is counted stands in a slot that it shares with the stream. When it has
//! returned, the operation goes into the slot, and from there into the stream at its next
//! poll, which from then on takes no lock.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::hub;
use crate::operation::Status;
use crate::scope;
use crate::settings::ENABLED;

use super::chunks::{Counting, Received};
use super::cost::SaidCost;
use super::guard::{Operation, Polled};
use super::outcome::{Outcome, Probe, levels};
use super::stream::Running;
use super::usage::RecordUsage;

/// What a function and the stream that it hands over share.
#[derive(Debug, Default)]
struct Slot(Mutex<State>);

#[derive(Debug, Default)]
enum State {
    /// The function has not begun.
    #[default]
    New,
    /// The function runs; a stream may have what it counts, and may have failed.
    Running { received: Box<Received>, is_taken: bool, failed: Option<Outcome> },
    /// The function has returned, and the operation waits for its stream.
    Handed(Box<Running>),
    /// The operation has ended, or the stream has it.
    Closed,
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The function has begun: its operation is in place.
    fn open(self: &Arc<Self>, operation: &mut Operation, counting: Counting) {
        let received = Box::new(operation.receives(counting));
        *self.lock() = State::Running { received, is_taken: false, failed: None };
        let slot: Arc<dyn Any + Send + Sync> = Arc::clone(self) as _;
        // There is no LLM call only where nothing can be kept on this thread any more.
        let _ = scope::with_llm_call(slot, |call, slot| call.stream = Some(slot));
    }

    /// The slot of the function that runs on this thread, if its stream has not been
    /// handed over yet.
    fn take() -> Option<Arc<Self>> {
        let mut found = None;
        let _ = scope::with_llm_call((), |call, ()| found = call.stream.clone());
        let slot = found?.downcast::<Self>().ok()?;
        // Not waiting: it is locked where a chunk is read, by code of the user's that could
        // come here, and then it is taken.
        let is_free = match slot.0.try_lock().as_deref_mut() {
            Ok(State::Running { is_taken, failed, .. }) => {
                let was_taken = std::mem::replace(is_taken, true);
                if !was_taken {
                    *failed = None;
                }
                !was_taken
            }
            _ => false,
        };
        is_free.then_some(slot)
    }

    /// The function's result is there: the operation ends with it, or goes on.
    fn returned(&self, operation: &mut Operation, outcome: Outcome, cost: SaidCost) {
        // A subscriber of the user's runs here, which may wait for who has the lock.
        operation.rest();
        let mut state = self.lock();
        let before = std::mem::replace(&mut *state, State::Closed);
        let State::Running { received, is_taken, failed } = before else { return };
        let goes_on = is_taken && outcome.is_success();
        // As of a stream that is returned: its error is the call's, whatever is made of it.
        let outcome = if outcome.is_success() { failed.unwrap_or(outcome) } else { outcome };
        operation.takes_no_stream();
        let mut running = Running { operation: operation.hand_over(), received: *received, cost };
        if goes_on {
            *state = State::Handed(Box::new(running));
        } else {
            // The user's subscriber may run here.
            drop(state);
            running.end(outcome);
        }
    }

    /// The function will not return: it unwound, or nobody waits for it any more.
    fn abandoned(&self, operation: &mut Operation, status: Status) {
        let state = std::mem::replace(&mut *self.lock(), State::Closed);
        if let State::Running { received, .. } = state {
            operation.rest();
            let operation = operation.hand_over();
            let mut running = Running { operation, received: *received, cost: SaidCost::NONE };
            running.end(Outcome::without_error(status));
        }
    }
}

/// A function's operation, and the slot; where the body unwinds or is dropped, that is the
/// end.
#[derive(Debug)]
struct Call {
    operation: Operation,
    slot: Arc<Slot>,
    counting: Counting,
    cost: SaidCost,
    is_open: bool,
}

impl Call {
    fn new(operation: Operation, counting: Counting, cost: SaidCost) -> Self {
        Self { operation, slot: Arc::default(), counting, cost, is_open: false }
    }

    fn enter(&mut self) {
        self.operation.enter();
        if !self.is_open {
            self.is_open = true;
            self.slot.open(&mut self.operation, self.counting);
        }
    }

    /// Ends what has not ended, after the rest of the body is dropped inside of it.
    fn abandon(&mut self, drop_body: impl FnOnce()) {
        if !self.is_open || self.operation.has_ended() {
            return drop_body();
        }
        let status = if self.operation.has_unwound() { Status::Panic } else { Status::Cancelled };
        if !self.operation.is_in_place() {
            self.operation.enter();
        }
        drop_body();
        self.slot.abandoned(&mut self.operation, status);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        self.abandon(|| ());
    }
}

/// Runs a function whose body hands its stream over: `stream = observed`.
pub fn observed_sync<R>(
    operation: Operation,
    counting: Counting,
    cost: SaidCost,
    body: impl FnOnce() -> R,
    observe: impl FnOnce(&R) -> Outcome,
) -> R {
    let mut call = Call::new(operation, counting, cost);
    call.enter();
    let result = body();
    let outcome = observe(&result);
    let Call { operation, slot, .. } = &mut call;
    slot.returned(operation, outcome, cost);
    result
}

pin_project! {
    /// The body of an async function that hands its stream over.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct ObservedFuture<F, O> {
        // `None` only while it is dropped: before the operation, and inside of it.
        #[pin]
        body: Option<F>,
        observe: Option<O>,
        call: Call,
    }

    impl<F, O> PinnedDrop for ObservedFuture<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            this.call.abandon(|| this.body.set(None));
        }
    }
}

/// The same of an async function.
pub fn observed_future<F, O>(
    operation: Operation,
    counting: Counting,
    cost: SaidCost,
    body: F,
    observe: O,
) -> ObservedFuture<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome,
{
    ObservedFuture { body: Some(body), observe: Some(observe), call: Call::new(operation, counting, cost) }
}

impl<F, O> Future for ObservedFuture<F, O>
where
    F: Future,
    O: FnOnce(&F::Output) -> Outcome,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(body) = this.body.as_pin_mut() else { return Poll::Pending };
        if this.call.operation.has_ended() {
            return body.poll(context);
        }
        this.call.enter();
        let Call { operation, slot, cost, .. } = this.call;
        let polled = Polled::entered(operation);
        let poll = body.poll(context);
        match (&poll, this.observe.take()) {
            (Poll::Ready(result), Some(observe)) => {
                let outcome = observe(result);
                polled.end_with(|operation| slot.returned(operation, outcome, *cost));
            }
            (_, observe) => {
                *this.observe = observe;
                polled.wait();
            }
        }
        poll
    }
}

/// Says which stream is the answer of the LLM call that is being made: for a function
/// whose stream is of a type of its own, or inside of something else.
///
/// To be called in the body of a `#[track_llm(.., stream = observed)]` function. The stream
/// takes the call over: it goes on when the function has returned, until the stream ends,
/// fails or is dropped. Where the function returns an `Err`, or never calls this, it ends
/// with the function. Of several streams each can have it after the one before has been
/// dropped; what they used adds up. Where there is no such function around it, the stream is
/// only passed on, which is counted in `arc_obs_streams_unattributed_total`.
///
/// The items are chunks as [`record_usage`](crate::record_usage) takes responses (anything that is
/// `Serialize`, or a [`Usage`](crate::Usage)), or a `Result` of them and an error that is a
/// [`std::error::Error`], an `anyhow::Error` or a boxed one.
///
/// ```
/// use arc_obs::{ObservedStream, observe_stream, track_llm};
/// use futures::{Stream, StreamExt, stream};
/// use serde_json::{Value, json};
/// # use std::pin::Pin;
/// # use std::task::{Context, Poll};
///
/// /// A stream of a type of its own: its signature can be in a trait, or in another crate.
/// struct Answer<S: Stream>(ObservedStream<S>);
/// # impl<S: Stream<Item = Value> + Unpin> Stream for Answer<S> {
/// #     type Item = Value;
/// #     fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Value>> {
/// #         self.0.poll_next_unpin(context)
/// #     }
/// # }
///
/// #[track_llm(model = "gpt-4o", stream = observed)]
/// fn ask(prompt: &str) -> Answer<impl Stream<Item = Value>> {
///     let chunks = [
///         json!({ "choices": [{ "delta": { "content": prompt.to_uppercase() } }] }),
///         json!({ "choices": [], "usage": { "prompt_tokens": 1000, "completion_tokens": 500 } }),
///     ];
///     Answer(observe_stream(stream::iter(chunks)))
/// }
///
/// # futures::executor::block_on(async {
/// let chunks: Vec<_> = ask("tea").collect().await;
/// assert_eq!(chunks.len(), 2);
/// assert_eq!(arc_obs::summary().models[0].cost.unwrap().to_string(), "$0.0075");
/// # });
/// ```
pub fn observe_stream<S, By>(stream: S) -> ObservedStream<S>
where
    S: Stream,
    S::Item: StreamItem<By>,
{
    let slot = Slot::take();
    if ENABLED && slot.is_none() {
        hub::metrics().health.stream_unattributed();
    }
    let whose = slot.map_or(Whose::Nobody, Whose::Shared);
    ObservedStream { stream: Some(stream), read: <S::Item as StreamItem<By>>::read, whose }
}

pin_project! {
    /// A stream that has an LLM call; made by [`observe_stream`].
    #[must_use = "streams do nothing unless polled"]
    pub struct ObservedStream<S: Stream> {
        // `None` only while it is dropped: before the operation, and inside of it.
        #[pin]
        stream: Option<S>,
        read: fn(&S::Item, &mut Received) -> Outcome,
        whose: Whose,
    }

    impl<S: Stream> PinnedDrop for ObservedStream<S> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            this.whose.take_over();
            match this.whose {
                Whose::Own(running) => running.drop_with(this.stream),
                Whose::Shared(slot) => {
                    let mut state = slot.lock();
                    match &mut *state {
                        // The function goes on, and may hand over another one.
                        State::Running { is_taken, received, .. } => {
                            *is_taken = false;
                            received.next_stream();
                        }
                        // It has returned on another thread since a moment ago.
                        State::Handed(_) => {
                            let handed = std::mem::replace(&mut *state, State::Closed);
                            drop(state);
                            if let State::Handed(mut running) = handed {
                                running.drop_with(this.stream);
                            }
                        }
                        State::New | State::Closed => {}
                    }
                }
                Whose::Nobody => {}
            }
        }
    }
}

/// Who has the operation.
#[derive(Debug)]
enum Whose {
    /// The function that runs.
    Shared(Arc<Slot>),
    /// The stream.
    Own(Box<Running>),
    /// Nobody any more.
    Nobody,
}

impl Whose {
    /// Takes the operation, if the function has returned.
    fn take_over(&mut self) {
        let Self::Shared(slot) = self else { return };
        let mut state = slot.lock();
        if matches!(&*state, State::New | State::Running { .. }) {
            return;
        }
        let whose = match std::mem::replace(&mut *state, State::Closed) {
            State::Handed(running) => Self::Own(running),
            _ => Self::Nobody,
        };
        drop(state);
        *self = whose;
    }
}

impl<S: Stream> Stream for ObservedStream<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        let Some(stream) = this.stream.as_pin_mut() else { return Poll::Ready(None) };
        this.whose.take_over();
        let slot = match this.whose {
            Whose::Own(running) => return running.poll_next(stream, context, *this.read),
            Whose::Nobody => return stream.poll_next(context),
            Whose::Shared(slot) => slot,
        };
        // The function runs, and its operation is in place already.
        let poll = stream.poll_next(context);
        let Poll::Ready(item) = &poll else { return poll };
        let read = |received: &mut Received| match item {
            Some(item) => Some((this.read)(item, received)).filter(|outcome| !outcome.is_success()),
            None => Some(Outcome::SUCCESS),
        };
        let mut ended = false;
        if let State::Running { received, is_taken, failed } = &mut *slot.lock() {
            if let Some(outcome) = read(received) {
                // The function's result will end it, unless another stream takes its place.
                received.next_stream();
                (*is_taken, *failed, ended) = (false, Some(outcome).filter(|outcome| !outcome.is_success()), true);
            }
        } else {
            // It has returned meanwhile, on another thread.
            this.whose.take_over();
            if let Whose::Own(running) = this.whose {
                if let Some(outcome) = read(&mut running.received) {
                    running.end(outcome);
                }
            }
        }
        if ended {
            *this.whose = Whose::Nobody;
        }
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

impl<S: FusedStream> FusedStream for ObservedStream<S> {
    fn is_terminated(&self) -> bool {
        self.stream.as_ref().is_none_or(FusedStream::is_terminated)
    }
}

impl<S: Stream> fmt::Debug for ObservedStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObservedStream").finish_non_exhaustive()
    }
}

/// What [`observe_stream`] takes as the items of a stream: chunks, or a `Result` of
/// chunks. Which of them is told by a tag that is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no chunk of an LLM's answer that `observe_stream` can read",
    label = "a chunk is `Serialize`, or an `arc_obs::Usage`",
    note = "a `Result` of chunks has an error that is a `std::error::Error`, an `anyhow::Error` or a boxed one"
)]
pub trait StreamItem<By>: Sized {
    #[doc(hidden)]
    fn read(&self, received: &mut Received) -> Outcome;
}

/// Tag of a [`StreamItem`] that is a chunk.
#[doc(hidden)]
#[derive(Debug)]
pub struct ByChunk;
/// Tag of a [`StreamItem`] that may be an error.
#[doc(hidden)]
#[derive(Debug)]
pub struct ByError;
/// Tag of a [`StreamItem`] that may be an error which lends one.
#[doc(hidden)]
#[derive(Debug)]
pub struct BySharedError;
/// Tag of a [`StreamItem`] that may be a boxed error.
#[doc(hidden)]
#[derive(Debug)]
pub struct ByBoxedError;

fn read<R: RecordUsage>(chunk: &R, received: &mut Received) -> Outcome {
    if chunk.tell(received) { Outcome::SUCCESS } else { Outcome::without_error(Status::Error) }
}

fn read_result<R: RecordUsage, E>(item: &Result<R, E>, outcome: Outcome, received: &mut Received) -> Outcome {
    item.as_ref().map_or(outcome, |chunk| read(chunk, received))
}

impl<R: RecordUsage> StreamItem<ByChunk> for R {
    fn read(&self, received: &mut Received) -> Outcome {
        read(self, received)
    }
}

impl<R: RecordUsage, E: Error> StreamItem<ByError> for Result<R, E> {
    fn read(&self, received: &mut Received) -> Outcome {
        use levels::ViaError as _;
        read_result(self, (&&&&Probe(self)).arc_obs_outcome(), received)
    }
}

impl<R: RecordUsage, E: AsRef<dyn Error + Send + Sync>> StreamItem<BySharedError> for Result<R, E> {
    fn read(&self, received: &mut Received) -> Outcome {
        use levels::ViaSharedError as _;
        read_result(self, (&&&Probe(self)).arc_obs_outcome(), received)
    }
}

// Not any that lends a `dyn Error`: `anyhow::Error` lends both.
impl<R: RecordUsage> StreamItem<ByBoxedError> for Result<R, Box<dyn Error>> {
    fn read(&self, received: &mut Received) -> Outcome {
        use levels::ViaLocalError as _;
        read_result(self, (&&Probe(self)).arc_obs_outcome(), received)
    }
}
