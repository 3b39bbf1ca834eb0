//! How a result ended, found by its type and never by its syntax.
//!
//! The usual way to choose by type without specialization: one trait per level,
//! implemented for one reference less than the level above, so that method
//! look-up takes the most specific level that applies. From the top: errors that
//! are a time-out by their type; types that implement `Error` (generic and
//! borrowing ones too: nothing is asked of them but `source()`); `anyhow` and
//! boxed errors; any other `Result`; anything else, which is a success.
//!
//! The methods are called in the user's scope, so they have names that no trait has that
//! the user implements for all types.

use std::any::type_name;
use std::borrow::Cow;
use std::error::Error;
use std::fmt::Display;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{PoisonError, RwLock};

// Nothing is asked where nothing is recorded.
#[cfg(not(feature = "enabled"))]
use std::convert::Infallible as Elapsed;
#[cfg(feature = "enabled")]
use tokio::time::error::Elapsed;

#[cfg(feature = "traces")]
use crate::hub;
use crate::operation::Status;
#[cfg(feature = "traces")]
use crate::trace::tell_failure;

#[cfg(feature = "traces")]
use super::failure;

/// What a result says of its operation.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub(crate) status: Status,
    pub(crate) error_type: Option<fn() -> &'static str>,
}

impl Outcome {
    pub(crate) const SUCCESS: Self = Self { status: Status::Success, error_type: None };

    pub(crate) const PANICKED: Self = Self { status: Status::Panic, error_type: None };

    /// Whether the operation did what it was called for.
    pub(crate) const fn is_success(&self) -> bool {
        self.status.is_success()
    }

    pub(crate) const fn without_error(status: Status) -> Self {
        Self { status, error_type: None }
    }

    /// It ended with an error of type `E`, which says this of itself.
    #[cold]
    pub(super) fn failed<E: ?Sized>(timeout: bool, says: Says<'_>) -> Self {
        let status = if timeout { Status::Timeout } else { Status::Error };
        #[cfg(feature = "traces")]
        tell_failure(type_name::<E>(), hub::counts_error_types(), || failure::of(type_name::<E>(), timeout, says));
        #[cfg(not(feature = "traces"))]
        let _ = says;
        Self { status, error_type: Some(type_name::<E>) }
    }
}

/// What an error can be asked, as far as its type tells.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "traces"), expect(dead_code, reason = "nobody is told"))]
pub(super) enum Says<'a> {
    Error(&'a (dyn Error + 'a)),
    /// It lends one.
    Shared(&'a dyn AsRef<dyn Error + Send + Sync>),
    Local(&'a dyn AsRef<dyn Error>),
    Shown(&'a dyn Display),
    Nothing,
}

/// A result to be asked how it ended.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// The levels, for a glob import where a [`Probe`] is asked.
pub mod levels {
    use super::{Cow, Elapsed, Error, Outcome, Probe, Says, chain_timed_out, io, io_timed_out, quietly};

    /// The error is of a type that is known: a time-out by that alone, or text.
    pub trait ViaTimeout {
        /// How the result ended.
        fn arc_obs_outcome(&self) -> Outcome;
    }

    impl<T> ViaTimeout for &&&&&Probe<'_, Result<T, Elapsed>> {
        #[inline]
        fn arc_obs_outcome(&self) -> Outcome {
            match self.0 {
                Ok(_) => Outcome::SUCCESS,
                Err(error) => Outcome::failed::<Elapsed>(true, Says::Error(error)),
            }
        }
    }

    impl<T> ViaTimeout for &&&&&Probe<'_, Result<T, io::Error>> {
        #[inline]
        fn arc_obs_outcome(&self) -> Outcome {
            match self.0 {
                Ok(_) => Outcome::SUCCESS,
                Err(error) => Outcome::failed::<io::Error>(
                    io_timed_out(error)
                        || chain_timed_out(error.get_ref().map(|inner| inner as &(dyn Error + 'static))),
                    Says::Error(error),
                ),
            }
        }
    }

    macro_rules! texts {
        ($($text:ty),*) => {$(
            impl<T> ViaTimeout for &&&&&Probe<'_, Result<T, $text>> {
                #[inline]
                fn arc_obs_outcome(&self) -> Outcome {
                    match self.0 {
                        Ok(_) => Outcome::SUCCESS,
                        Err(error) => Outcome::failed::<$text>(false, Says::Shown(error)),
                    }
                }
            }
        )*};
    }
    texts!(String, &str, Cow<'_, str>, Box<str>);

    /// The error implements `Error`.
    pub trait ViaError {
        /// How the result ended.
        fn arc_obs_outcome(&self) -> Outcome;
    }

    impl<T, E: Error> ViaError for &&&&Probe<'_, Result<T, E>> {
        #[inline]
        fn arc_obs_outcome(&self) -> Outcome {
            match self.0 {
                Ok(_) => Outcome::SUCCESS,
                Err(error) => Outcome::failed::<E>(super::top_timed_out(error), Says::Error(error)),
            }
        }
    }

    /// The error lends a `dyn Error + Send + Sync`: `anyhow::Error`, `Box<dyn Error + Send + Sync>`.
    pub trait ViaSharedError {
        /// How the result ended.
        fn arc_obs_outcome(&self) -> Outcome;
    }

    impl<T, E: AsRef<dyn Error + Send + Sync>> ViaSharedError for &&&Probe<'_, Result<T, E>> {
        #[inline]
        fn arc_obs_outcome(&self) -> Outcome {
            match self.0 {
                Ok(_) => Outcome::SUCCESS,
                Err(error) => {
                    Outcome::failed::<E>(quietly(|| chain_timed_out(Some(error.as_ref()))), Says::Shared(error))
                }
            }
        }
    }

    /// The error lends a `dyn Error`: `Box<dyn Error>`.
    pub trait ViaLocalError {
        /// How the result ended.
        fn arc_obs_outcome(&self) -> Outcome;
    }

    impl<T, E: AsRef<dyn Error>> ViaLocalError for &&Probe<'_, Result<T, E>> {
        #[inline]
        fn arc_obs_outcome(&self) -> Outcome {
            match self.0 {
                Ok(_) => Outcome::SUCCESS,
                Err(error) => {
                    Outcome::failed::<E>(quietly(|| chain_timed_out(Some(error.as_ref()))), Says::Local(error))
                }
            }
        }
    }

    /// Any other `Result`.
    pub trait ViaResult {
        /// How the result ended.
        fn arc_obs_outcome(&self) -> Outcome;
    }

    impl<T, E> ViaResult for &Probe<'_, Result<T, E>> {
        #[inline]
        fn arc_obs_outcome(&self) -> Outcome {
            if self.0.is_ok() { Outcome::SUCCESS } else { Outcome::failed::<E>(false, Says::Nothing) }
        }
    }

    /// No `Result`: it returned, so it did what it was called for.
    pub trait ViaReturn {
        /// How the result ended.
        fn arc_obs_outcome(&self) -> Outcome;
    }

    impl<T: ?Sized> ViaReturn for Probe<'_, T> {
        #[inline]
        fn arc_obs_outcome(&self) -> Outcome {
            Outcome::SUCCESS
        }
    }
}

/// A type of errors that the user has named as a time-out.
#[derive(Clone, Copy)]
struct TimeoutError {
    is: fn(&(dyn Error + 'static)) -> bool,
    /// For the top of a chain, which may borrow and so cannot be asked.
    type_name: fn() -> &'static str,
}

static TIMEOUT_ERRORS: RwLock<Vec<TimeoutError>> = RwLock::new(Vec::new());

/// From now on an error of type `E`, anywhere in a chain, is a time-out.
pub(crate) fn add_timeout_error<E: Error + 'static>() {
    let named = TimeoutError { is: |error| error.is::<E>(), type_name: type_name::<E> };
    let mut all = TIMEOUT_ERRORS.write().unwrap_or_else(PoisonError::into_inner);
    if !all.iter().any(|known| (known.type_name)() == type_name::<E>()) {
        all.push(named);
    }
}

/// A copy, mostly of nothing: the user's errors are asked without a lock.
fn timeout_errors() -> Vec<TimeoutError> {
    TIMEOUT_ERRORS.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// An error of a type that may borrow: only its causes can be asked what they are,
/// itself only what its type is called.
#[cold]
fn top_timed_out<E: Error>(error: &E) -> bool {
    quietly(|| {
        let own = type_name::<E>();
        let named = timeout_errors();
        named.iter().any(|named| (named.type_name)() == own)
            || chain_timed_out(error.source())
            || (error.source().is_none() && says_timed_out(error))
    })
}

#[cold]
pub(super) fn chain_timed_out(first: Option<&(dyn Error + 'static)>) -> bool {
    /// A chain that is longer is a cycle, or as good as one.
    const LONGEST_CHAIN: usize = 64;
    quietly(|| {
        let named = timeout_errors();
        std::iter::successors(first, |&error| error.source()).take(LONGEST_CHAIN).any(|error| {
            error.is::<Elapsed>()
                || error.downcast_ref::<io::Error>().is_some_and(io_timed_out)
                || named.iter().any(|named| (named.is)(error))
                || (error.source().is_none() && says_timed_out(error))
        })
    })
}

fn io_timed_out(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::TimedOut
}

/// The words at the end of a chain that say so where the type is out of reach:
/// `reqwest`'s private time-out error, the same in every major version of it;
/// `Elapsed` and an `io::Error` of kind `TimedOut` behind an error that shows its
/// cause as itself and passes it over in `source()` (`#[error(transparent)]`).
fn says_timed_out(error: &(impl Error + ?Sized)) -> bool {
    ["operation timed out", "deadline has elapsed", "timed out"].contains(&error.to_string().as_str())
}

/// Asking an error of the user's must not break the user's program.
pub(super) fn quietly(ask: impl FnOnce() -> bool) -> bool {
    match catch_unwind(AssertUnwindSafe(ask)) {
        Ok(answer) => answer,
        Err(payload) => {
            // Its destructor is the user's, too, and may panic.
            std::mem::forget(payload);
            false
        }
    }
}
