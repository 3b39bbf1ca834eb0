//! With which HTTP status a request ended, found by the type of what is returned.
//!
//! A `Result` is opened first; then what is inside it is asked, by levels as in `outcome`:
//! a type that says a status, and any other, which says none. Of those a success is a 200,
//! an error a 500, and a time-out a 504.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::hub;
use crate::operation::{Status, Usd};

use super::guard::{Observed, Operation};
use super::outcome::Outcome;

/// A type that says with which HTTP status a request is answered.
///
/// `#[track_request]` asks what the function returns, and what is inside a `Result`, the
/// error included. The types of the crate `http` say it (a `Response`, which is axum's,
/// too, a `StatusCode`, and a tuple that begins with one). Implement it for an error of your
/// own that becomes a response:
///
/// ```
/// use arc_obs::{HttpStatus, track_request};
///
/// enum AskError {
///     NoSuchModel,
///     Overloaded,
/// }
///
/// impl HttpStatus for AskError {
///     fn http_status(&self) -> u16 {
///         match self {
///             Self::NoSuchModel => 404,
///             Self::Overloaded => 503,
///         }
///     }
/// }
///
/// #[track_request(method = "POST", endpoint = "/ask")]
/// fn ask(model: &str) -> Result<String, AskError> {
///     if model == "gpt-4o" { Err(AskError::Overloaded) } else { Err(AskError::NoSuchModel) }
/// }
/// # let capture = arc_obs::testing::capture();
/// assert!(ask("gtp-4o").is_err());
/// # assert_eq!(capture.operations()[0].http_status, Some(404));
/// ```
pub trait HttpStatus {
    /// The status; one outside 100 to 599 is counted as `other`.
    fn http_status(&self) -> u16;
}

impl<T: HttpStatus + ?Sized> HttpStatus for &T {
    fn http_status(&self) -> u16 {
        (**self).http_status()
    }
}

impl<T: HttpStatus + ?Sized> HttpStatus for Box<T> {
    fn http_status(&self) -> u16 {
        (**self).http_status()
    }
}

#[cfg(feature = "http")]
mod of_http {
    use http::{Response, StatusCode};

    use super::{HttpStatus, IntoHttpStatus};

    impl HttpStatus for StatusCode {
        fn http_status(&self) -> u16 {
            self.as_u16()
        }
    }

    impl<B> HttpStatus for Response<B> {
        fn http_status(&self) -> u16 {
            self.status().as_u16()
        }
    }

    impl IntoHttpStatus for StatusCode {
        fn into_http_status(self) -> Option<u16> {
            Some(self.as_u16())
        }
    }

    macro_rules! tuples {
        ($(($($part:ident),*))*) => {
            $(impl<$($part),*> HttpStatus for (StatusCode, $($part),*) {
                fn http_status(&self) -> u16 {
                    self.0.as_u16()
                }
            })*
        };
    }
    tuples! { (A) (A, B) (A, B, C) (A, B, C, D) }
}

/// A request's outcome, and its status where it says one.
#[derive(Debug)]
pub struct Answered {
    outcome: Outcome,
    http_status: Option<u16>,
}

impl Answered {
    fn new(outcome: Outcome, http_status: Option<u16>) -> Self {
        let Some(code) = http_status else { return Self { outcome, http_status } };
        let status = Status::of_http(code);
        let error_type = outcome.error_type.filter(|_| !status.is_success());
        Self { outcome: Outcome { status, error_type }, http_status }
    }
}

impl Observed for Answered {
    fn is_success(&self) -> bool {
        self.outcome.is_success()
    }

    fn end(self, operation: &mut Operation) {
        operation.finish_answered(self.outcome, self.http_status);
    }

    /// `#[track_request]` takes no `cost = …`.
    fn end_charged(self, operation: &mut Operation, _: Option<Usd>) {
        self.end(operation);
    }
}

/// By the type: what one of the two says, of which there is at most one.
pub fn answered(outcome: Outcome, ok: Option<u16>, error: Option<u16>) -> Answered {
    Answered::new(outcome, ok.or(error))
}

/// The levels, for a glob import where a result is asked.
pub mod answer_levels {
    use super::HttpStatus;
    use crate::instrument::Peeled;

    /// A `Result`. Associated types, since they are known at once: a parameter of the trait
    /// may still be open when its side is asked, and any level fits what is open.
    pub trait OpenResult {
        /// What is there of a success.
        type Ok;
        /// What is there of a failure.
        type Error;
        /// Both sides, of which one is there.
        fn arc_obs_open(self) -> (Self::Ok, Self::Error);
    }

    impl<'a, T, E> OpenResult for &&Peeled<'a, Result<T, E>> {
        type Ok = Peeled<'a, T>;
        type Error = Peeled<'a, E>;
        #[inline]
        fn arc_obs_open(self) -> (Peeled<'a, T>, Peeled<'a, E>) {
            let result = self.0;
            (
                Peeled(result.and_then(|result| result.as_ref().ok())),
                Peeled(result.and_then(|result| result.as_ref().err())),
            )
        }
    }

    /// Anything else.
    pub trait OpenNothing {
        /// Itself.
        type Itself;
        /// Itself, and no failure.
        fn arc_obs_open(self) -> (Self::Itself, Peeled<'static, ()>);
    }

    impl<'a, T: ?Sized> OpenNothing for &Peeled<'a, T> {
        type Itself = Peeled<'a, T>;
        #[inline]
        fn arc_obs_open(self) -> (Peeled<'a, T>, Peeled<'static, ()>) {
            (*self, Peeled(None))
        }
    }

    /// Says a status.
    pub trait ViaStatus {
        /// The status.
        fn arc_obs_status(&self) -> Option<u16>;
    }

    impl<T: HttpStatus + ?Sized> ViaStatus for &Peeled<'_, T> {
        #[inline]
        fn arc_obs_status(&self) -> Option<u16> {
            super::quietly(|| self.0.map(HttpStatus::http_status))
        }
    }

    /// Says none.
    pub trait ViaNothing {
        /// No status.
        fn arc_obs_status(&self) -> Option<u16>;
    }

    impl<T: ?Sized> ViaNothing for Peeled<'_, T> {
        #[inline]
        fn arc_obs_status(&self) -> Option<u16> {
            None
        }
    }
}

/// What the closure of `status = …` returns.
#[diagnostic::on_unimplemented(
    message = "`status = …` returns a `{Self}` and not an HTTP status",
    label = "this is no HTTP status",
    note = "return a `u16`, as in `status = |answer| answer.code`, an `http::StatusCode`, or an `Option` of one whose `None` leaves it to the type"
)]
pub trait IntoHttpStatus {
    /// The status, if it says one.
    fn into_http_status(self) -> Option<u16>;
}

impl IntoHttpStatus for u16 {
    fn into_http_status(self) -> Option<u16> {
        Some(self)
    }
}

impl<S: IntoHttpStatus> IntoHttpStatus for Option<S> {
    fn into_http_status(self) -> Option<u16> {
        self.and_then(S::into_http_status)
    }
}

/// `status = |answer| …`: the closure sees what the function returns, an `Err`, too.
pub fn answered_by<R: ?Sized, S: IntoHttpStatus>(
    outcome: Outcome,
    result: &R,
    status: impl FnOnce(&R) -> S,
) -> Answered {
    Answered::new(outcome, quietly(|| status(result).into_http_status()))
}

/// Code of the user's that reads an answer must not break the call that it reads.
fn quietly(status: impl FnOnce() -> Option<u16>) -> Option<u16> {
    catch_unwind(AssertUnwindSafe(status)).unwrap_or_else(|payload| {
        // Its destructor is the user's, too, and may panic.
        std::mem::forget(payload);
        hub::metrics().health.status_panicked();
        None
    })
}
