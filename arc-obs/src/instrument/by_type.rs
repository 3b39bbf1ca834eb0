//! How a result ended, and what it used, where no attribute stands: for the functions of
//! `block`, which are generic over what they run.
//!
//! A function cannot ask for the most specific of several implementations, as an
//! expansion does (`outcome`, `usage`). But it can leave open which one there is: each
//! implementation has a tag, which is inferred where exactly one applies. So the kinds of
//! results here exclude each other, and what is none of them does not compile.

use std::borrow::Cow;
use std::error::Error;

use serde::Serialize;

use crate::llm::LlmResponse;

use super::outcome::{Outcome, Says, chain_timed_out, quietly};
use super::usage::kinds::PlainText;
use super::usage::{LlmOutcome, read_opaque, read_serialized, read_stated};

/// A result whose type says how it ended. `By` says which kind of result it is, and is
/// inferred.
///
/// A `Result` of an `Error`, of `anyhow::Error` and its like, of a boxed error or of text
/// is what it says it is, and the chain of the error is searched for time-outs. Any type
/// that has a `Default`, as `()`, `String`, `Option` and `Vec`, is a success (a `Result`
/// has none).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say by its type whether it failed",
    label = "neither a `Result` of an error that can be asked, nor a value that has a `Default`",
    note = "return a `Result` whose error implements `std::error::Error`, or is `anyhow::Error`, a boxed error or text",
    note = "or say how it ended: `.run_with(work, |output| arc_obs::Status::Success)`"
)]
pub trait SaysStatus<By> {
    #[doc(hidden)]
    fn says_status(&self) -> Outcome;
}

/// Tag of a `Result` whose error implements `Error`.
#[derive(Debug)]
pub struct ByError;
/// Tag of a `Result` whose error lends a `dyn Error + Send + Sync`.
#[derive(Debug)]
pub struct BySharedError;
/// Tag of a `Result` of a `Box<dyn Error>`.
#[derive(Debug)]
pub struct ByLocalError;
/// Tag of a `Result` whose error is text, or nothing.
#[derive(Debug)]
pub struct ByText;
/// Tag of what is no `Result`.
#[derive(Debug)]
pub struct ByDefault;

impl<T, E: Error + 'static> SaysStatus<ByError> for Result<T, E> {
    #[inline]
    fn says_status(&self) -> Outcome {
        match self {
            Ok(_) => Outcome::SUCCESS,
            Err(error) => Outcome::failed::<E>(chain_timed_out(Some(error)), Says::Error(error)),
        }
    }
}

impl<T, E: AsRef<dyn Error + Send + Sync>> SaysStatus<BySharedError> for Result<T, E> {
    #[inline]
    fn says_status(&self) -> Outcome {
        match self {
            Ok(_) => Outcome::SUCCESS,
            Err(error) => Outcome::failed::<E>(quietly(|| chain_timed_out(Some(error.as_ref()))), Says::Shared(error)),
        }
    }
}

impl<T> SaysStatus<ByLocalError> for Result<T, Box<dyn Error>> {
    #[inline]
    fn says_status(&self) -> Outcome {
        match self {
            Ok(_) => Outcome::SUCCESS,
            Err(error) => {
                Outcome::failed::<Box<dyn Error>>(chain_timed_out(Some(error.as_ref())), Says::Error(error.as_ref()))
            }
        }
    }
}

macro_rules! text_errors {
    ($($error:ty),*) => {
        $(impl<T> SaysStatus<ByText> for Result<T, $error> {
            #[inline]
            fn says_status(&self) -> Outcome {
                match self {
                    Ok(_) => Outcome::SUCCESS,
                    Err(error) => Outcome::failed::<$error>(false, Says::Shown(error)),
                }
            }
        })*
    };
}
text_errors!(String, &str, Cow<'_, str>, Box<str>);

impl<T> SaysStatus<ByText> for Result<T, ()> {
    #[inline]
    fn says_status(&self) -> Outcome {
        if self.is_ok() { Outcome::SUCCESS } else { Outcome::failed::<()>(false, Says::Nothing) }
    }
}

impl<T: Default> SaysStatus<ByDefault> for T {
    #[inline]
    fn says_status(&self) -> Outcome {
        Outcome::SUCCESS
    }
}

/// A response whose type says what the call used. `By` says which kind of response it is,
/// and is inferred.
///
/// A type that implements [`LlmResponse`] is asked; any other that implements
/// `serde::Serialize` is searched for the usage, as [`record_usage`](crate::record_usage)
/// does; a [`Usage`](crate::Usage) is one. Text tells nothing and does not compile; neither does a
/// type that implements both traits, which leaves open who is to be believed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not report the token usage of the LLM call",
    label = "tokens are read off an `LlmResponse`, or a `Serialize` response",
    note = "return the client's response itself, in a `Result`",
    note = "or say where the numbers are: `.run_with(work, |reply| arc_obs::Usage::new(..))`",
    note = "or record the response inside: `.usage_recorded().run(..)` with `arc_obs::record_usage(&response)`",
    note = "or count calls without tokens and cost: `.usage_none().run(..)`"
)]
pub trait SaysUsage<By> {
    #[doc(hidden)]
    fn says_usage(response: Option<&Self>, outcome: Outcome) -> LlmOutcome;
}

/// Tag of a response that implements [`LlmResponse`].
#[derive(Debug)]
pub struct ByTrait;
/// Tag of a response that implements `Serialize`.
#[derive(Debug)]
pub struct BySerde;
/// Tag of text: it is `Serialize`, too, so that neither of the two is chosen.
#[derive(Debug)]
pub struct TextTellsNoUsage;

impl<T: LlmResponse> SaysUsage<ByTrait> for T {
    fn says_usage(response: Option<&Self>, outcome: Outcome) -> LlmOutcome {
        read_stated(outcome, response)
    }
}

impl<T: Serialize> SaysUsage<BySerde> for T {
    fn says_usage(response: Option<&Self>, outcome: Outcome) -> LlmOutcome {
        read_serialized(outcome, response)
    }
}

impl<T: PlainText> SaysUsage<TextTellsNoUsage> for T {
    fn says_usage(_: Option<&Self>, outcome: Outcome) -> LlmOutcome {
        read_opaque(outcome)
    }
}
