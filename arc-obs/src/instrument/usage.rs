//! What a response used, found by its type in two steps.
//!
//! First a result is peeled: `Result`, `Option`, `Arc` and `Rc` come off (references
//! and boxes are what is in them to our trait and to serde),
//! by the same levels as in `outcome`. Then the value inside is tagged: our own
//! trait; text, which is a compile error; any `Serialize`; anything else, which
//! is a compile error. Two steps, because blanket implementations for `Result`
//! and for `Serialize` would conflict.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::hub;
use crate::llm::{LlmResponse, probe};
use crate::operation::{Reading, Usage, UsageFlaw, Usd};
use crate::scope;
use crate::settings::ENABLED;
use crate::trace::is_recorded_here;

use super::chunks::Received;
use super::content::Words;
use super::guard::{Observed, Operation};
use super::outcome::Outcome;

/// An LLM call's outcome with what was read off its response.
#[derive(Debug)]
pub struct LlmOutcome {
    outcome: Outcome,
    reading: Option<Reading>,
}

impl Observed for LlmOutcome {
    #[inline]
    fn end(self, operation: &mut Operation) {
        operation.finish(self.outcome, self.reading.as_ref());
    }

    fn is_success(&self) -> bool {
        self.outcome.is_success()
    }

    fn end_charged(self, operation: &mut Operation, cost: Option<Usd>) {
        operation.finish_charged(self.outcome, self.reading.as_ref(), cost);
    }
}

/// What the closure of `usage = …` returns.
#[diagnostic::on_unimplemented(
    message = "`usage = …` returns a `{Self}` and not the usage",
    label = "this is no `arc_obs::Usage`",
    note = "return a `Usage` or an `Option<Usage>`, as in `usage = |reply| arc_obs::Usage::new(reply.input, reply.output)`"
)]
pub trait IntoUsage {
    /// The usage, if the result tells it.
    fn into_usage(self) -> Option<Usage>;
}

impl IntoUsage for Usage {
    fn into_usage(self) -> Option<Usage> {
        Some(self)
    }
}

impl IntoUsage for Option<Usage> {
    fn into_usage(self) -> Option<Usage> {
        self
    }
}

/// `usage = |response| …`: the closure sees the result as the function returns it.
pub fn usage_of<R: ?Sized, U: IntoUsage>(outcome: Outcome, result: &R, usage: impl FnOnce(&R) -> U) -> LlmOutcome {
    LlmOutcome { outcome, reading: Some(guarded(|| Reading::stated(usage(result).into_usage()))) }
}

/// `usage = recorded`: the body records it; where it has not, it is missing.
#[must_use]
pub fn usage_recorded(outcome: Outcome) -> LlmOutcome {
    LlmOutcome { outcome, reading: Some(Reading::default()) }
}

/// What [`record_usage`] takes: any `Serialize` response, or a [`Usage`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report the token usage of an LLM call",
    label = "usage is read off a `Serialize` response, or stated as an `arc_obs::Usage`",
    note = "give it the client's response itself, as in `arc_obs::record_usage(&response)`",
    note = "or say the numbers: `arc_obs::record_usage(&arc_obs::Usage::new(input, output))`"
)]
pub trait RecordUsage {
    #[doc(hidden)]
    fn reading(&self) -> UsageReading;

    /// Tells the same of a chunk; whether it is one.
    #[doc(hidden)]
    fn tell(&self, received: &mut Received) -> bool;
}

/// A reading, opaque to everybody else.
#[doc(hidden)]
#[derive(Debug)]
pub struct UsageReading(Reading);

impl<T: serde::Serialize + ?Sized> RecordUsage for T {
    fn reading(&self) -> UsageReading {
        UsageReading(guarded(|| probed(self)))
    }

    fn tell(&self, received: &mut Received) -> bool {
        received.told(|| Words::of(self));
        received.read(|chunks| chunks.probe(self))
    }
}

impl RecordUsage for Usage {
    fn reading(&self) -> UsageReading {
        UsageReading(Reading::stated(Some(*self)))
    }

    fn tell(&self, received: &mut Received) -> bool {
        received.read(|chunks| chunks.state(Some(*self)))
    }
}

/// Says what the LLM call that is being made has used: for a function that keeps
/// the response to itself.
///
/// To be called in the body of a `#[track_llm(.., usage = recorded)]` function, or
/// in what it calls. Several responses add up, each priced by itself; one without usage
/// (of a stream, all chunks but the last) adds nothing. Where there is no such function
/// around it, nothing is counted but `arc_obs_usage_unattributed_total`.
///
/// ```
/// use arc_obs::{record_usage, track_llm};
/// use serde_json::json;
///
/// #[track_llm(model = "gpt-4o", usage = recorded)]
/// async fn ask(prompt: &str) -> Result<String, std::io::Error> {
///     let response = json!({ "text": "tea", "usage": { "prompt_tokens": 1000, "completion_tokens": 500 } });
///     record_usage(&response);
///     Ok(response["text"].to_string())
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(ask("x")).unwrap();
/// assert_eq!(arc_obs::summary().models[0].cost.unwrap().to_string(), "$0.0075");
/// ```
pub fn record_usage<R: RecordUsage + ?Sized>(response: &R) {
    if !ENABLED {
        return;
    }
    let UsageReading(reading) = response.reading();
    let mut refused = false;
    let unused = scope::with_llm_call(reading, |call, reading| {
        if call.takes_records {
            call.record(reading);
        } else {
            refused = true;
        }
    });
    if refused || unused.is_err() {
        hub::metrics().health.usage_unattributed();
    }
}

/// `usage = none`: nobody looks, so nothing is missing.
#[must_use]
pub const fn usage_skipped(outcome: Outcome) -> LlmOutcome {
    LlmOutcome { outcome, reading: None }
}

/// Code of the user's that reads a response must not break the call it reads.
fn guarded(read: impl FnOnce() -> Reading) -> Reading {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(reading) => reading,
        Err(payload) => {
            // Its destructor is the user's, too, and may panic.
            std::mem::forget(payload);
            let mut reading = Reading::default();
            reading.flaws.add(UsageFlaw::Panicked);
            reading
        }
    }
}

/// What a response of our own trait says, where there is one.
pub(super) fn read_stated<T: LlmResponse>(outcome: Outcome, response: Option<&T>) -> LlmOutcome {
    read(outcome, response, |response| Reading::stated(response.usage()))
}

/// What the fields of a response say, where there is one.
pub(super) fn read_serialized<T: serde::Serialize>(outcome: Outcome, response: Option<&T>) -> LlmOutcome {
    read(outcome, response, probed)
}

fn probed<T: serde::Serialize + ?Sized>(response: &T) -> Reading {
    probe(response, is_recorded_here())
}

/// What a response says that tells nothing.
pub(super) fn read_opaque(outcome: Outcome) -> LlmOutcome {
    LlmOutcome { outcome, reading: Some(Reading::default()) }
}

fn read<T: ?Sized>(outcome: Outcome, response: Option<&T>, read: impl FnOnce(&T) -> Reading) -> LlmOutcome {
    let reading = response.map_or_else(Reading::default, |response| guarded(|| read(response)));
    LlmOutcome { outcome, reading: Some(reading) }
}

/// A response, if the result holds one.
#[derive(Debug)]
pub struct Peeled<'a, T: ?Sized>(pub Option<&'a T>);

impl<T: ?Sized> Clone for Peeled<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Peeled<'_, T> {}

/// One layer off a result per call of `peel`, for a glob import.
pub mod peel_levels {
    use std::rc::Rc;
    use std::sync::Arc;

    use super::Peeled;

    /// A `Result`.
    pub trait PeelResult<'a, T> {
        /// What is inside.
        fn arc_obs_peel(self) -> Peeled<'a, T>;
    }

    impl<'a, T, E> PeelResult<'a, T> for &&Peeled<'a, Result<T, E>> {
        #[inline]
        fn arc_obs_peel(self) -> Peeled<'a, T> {
            Peeled(self.0.and_then(|result| result.as_ref().ok()))
        }
    }

    /// An `Option`.
    pub trait PeelOption<'a, T> {
        /// What is inside.
        fn arc_obs_peel(self) -> Peeled<'a, T>;
    }

    impl<'a, T> PeelOption<'a, T> for &&Peeled<'a, Option<T>> {
        #[inline]
        fn arc_obs_peel(self) -> Peeled<'a, T> {
            Peeled(self.0.and_then(Option::as_ref))
        }
    }

    /// An `Arc`, which is `Serialize` only with a feature of serde's.
    pub trait PeelArc<'a, T: ?Sized> {
        /// What is inside.
        fn arc_obs_peel(self) -> Peeled<'a, T>;
    }

    impl<'a, T: ?Sized> PeelArc<'a, T> for &&Peeled<'a, Arc<T>> {
        #[inline]
        fn arc_obs_peel(self) -> Peeled<'a, T> {
            Peeled(self.0.map(|shared| &**shared))
        }
    }

    /// An `Rc`, likewise.
    pub trait PeelRc<'a, T: ?Sized> {
        /// What is inside.
        fn arc_obs_peel(self) -> Peeled<'a, T>;
    }

    impl<'a, T: ?Sized> PeelRc<'a, T> for &&Peeled<'a, Rc<T>> {
        #[inline]
        fn arc_obs_peel(self) -> Peeled<'a, T> {
            Peeled(self.0.map(|shared| &**shared))
        }
    }

    /// Anything else stays as it is.
    pub trait PeelNothing<'a, T: ?Sized> {
        /// The same.
        fn arc_obs_peel(self) -> Peeled<'a, T>;
    }

    impl<'a, T: ?Sized> PeelNothing<'a, T> for &Peeled<'a, T> {
        #[inline]
        fn arc_obs_peel(self) -> Peeled<'a, T> {
            *self
        }
    }
}

/// A peeled response to be tagged by its type.
#[derive(Debug)]
pub struct Tagged<'a, T: ?Sized>(pub Peeled<'a, T>);

/// The kinds of responses, for a glob import where one is tagged.
pub mod kinds {
    use std::borrow::Cow;

    use serde::Serialize;

    use super::{LlmOutcome, LlmResponse, Outcome, Peeled, Reading, Tagged, probed, read};

    /// Implements our own trait.
    pub trait Responding {
        /// The tag.
        fn arc_obs_kind(&self) -> ByTrait {
            ByTrait
        }
    }
    impl<T: LlmResponse + ?Sized> Responding for &&&Tagged<'_, T> {}

    /// Is plain text, or nothing at all.
    pub trait Textual {
        /// The tag.
        fn arc_obs_kind(&self) -> ByText {
            ByText
        }
    }
    impl<T: PlainText + ?Sized> Textual for &&Tagged<'_, T> {}

    /// Is serializable: its fields can be looked at.
    pub trait Serializable {
        /// The tag.
        fn arc_obs_kind(&self) -> BySerde {
            BySerde
        }
    }
    impl<T: Serialize + ?Sized> Serializable for &Tagged<'_, T> {}

    /// Tells nothing.
    pub trait Opaque {
        /// The tag.
        fn arc_obs_kind(&self) -> ByNothing {
            ByNothing
        }
    }
    impl<T: ?Sized> Opaque for Tagged<'_, T> {}

    /// Types that hold an answer's text and never its usage.
    pub trait PlainText {}
    impl PlainText for () {}
    impl PlainText for bool {}
    impl PlainText for char {}
    impl PlainText for str {}
    impl PlainText for String {}
    impl PlainText for Cow<'_, str> {}
    impl<T: PlainText + ?Sized> PlainText for &T {}
    impl<T: PlainText + ?Sized> PlainText for &mut T {}
    impl<T: PlainText + ?Sized> PlainText for Box<T> {}
    impl<T: PlainText + ?Sized> PlainText for std::sync::Arc<T> {}

    /// What a response must be, for its tokens to be counted.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` does not report the token usage of the LLM call",
        label = "`#[track_llm]` cannot read tokens out of this return type",
        note = "keep the return type, and record the response in the body: `#[track_llm(model = \"…\", usage = recorded)]` with `arc_obs::record_usage(&response)`",
        note = "or return the client's response itself (any `Serialize` type with a `usage` field is read)",
        note = "or say where the numbers are: `#[track_llm(model = \"…\", usage = |r| arc_obs::Usage::new(..))]`",
        note = "or count calls without tokens and cost: `#[track_llm(model = \"…\", usage = none)]`",
        note = "or implement `arc_obs::LlmResponse` for a type of your own"
    )]
    pub trait ReportsUsage {}

    /// See [`Responding`].
    #[derive(Debug)]
    pub struct ByTrait;
    /// See [`Textual`].
    #[derive(Debug)]
    pub struct ByText;
    /// See [`Serializable`].
    #[derive(Debug)]
    pub struct BySerde;
    /// See [`Opaque`].
    #[derive(Debug)]
    pub struct ByNothing;

    impl ByTrait {
        /// Reads the usage.
        #[inline]
        pub fn read<T: LlmResponse + ?Sized>(self, outcome: Outcome, response: Peeled<'_, T>) -> LlmOutcome {
            read(outcome, response.0, |response| Reading::stated(response.usage()))
        }
    }

    impl BySerde {
        /// Reads the usage.
        #[inline]
        pub fn read<T: Serialize + ?Sized>(self, outcome: Outcome, response: Peeled<'_, T>) -> LlmOutcome {
            read(outcome, response.0, probed)
        }
    }

    impl ByText {
        /// Does not compile.
        pub fn read<T: ReportsUsage + ?Sized>(self, outcome: Outcome, response: Peeled<'_, T>) -> LlmOutcome {
            read(outcome, response.0, |_| Reading::default())
        }
    }

    impl ByNothing {
        /// Does not compile.
        pub fn read<T: LlmResponse + ?Sized>(self, outcome: Outcome, response: Peeled<'_, T>) -> LlmOutcome {
            read(outcome, response.0, |_| Reading::default())
        }
    }
}
