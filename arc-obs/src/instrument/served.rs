//! A request that a server answers, of whatever route: what `#[track_request]` is to one
//! function. It goes on in the body of the answer, and ends with that.

use std::panic::Location;

use crate::labels::UNMATCHED;
use crate::metrics::method_name;
use crate::operation::{FieldValue, OperationKind, Status};
use crate::{scope, semconv};

use super::answer::answered;
use super::guard::{Observed, Operation, Polled};
use super::named::{At, Given, site};
use super::outcome::{Outcome, Says};

/// A request that is being answered. Dropped before its end it counts as given up by the client,
/// or as panicked, if it did.
#[derive(Debug)]
pub(crate) struct Served(Operation);

impl Served {
    /// One to the route with this template; nothing where a request is being counted already,
    /// which this is a part of.
    pub(crate) fn new(method: &str, route: Option<&str>) -> Option<Self> {
        if scope::is_request_counted() {
            return None;
        }
        let method = method_name(method);
        let name = format!("{method} {}", route.filter(|route| !route.is_empty()).unwrap_or(UNMATCHED));
        let given = Given { detail: Some(method), ..Given::default() };
        Some(Self(Operation::new(site(At::Caller(Location::caller()), OperationKind::Request, &name, given))))
    }

    /// Runs something as part of it.
    pub(crate) fn run<T>(&mut self, run: impl FnOnce() -> T) -> T {
        if self.0.has_ended() {
            return run();
        }
        let polled = Polled::enter(&mut self.0);
        let value = run();
        polled.wait();
        value
    }

    /// It has begun, and is called so by whoever asks about it.
    pub(crate) fn is_called(&self, id: &str) {
        self.0.tell(semconv::REQUEST_ID, || FieldValue::Texts(vec![id.to_owned()]));
    }

    /// It is answered with this status, to the last byte.
    pub(crate) fn answered(&mut self, status: u16) {
        answered(Outcome::SUCCESS, Some(status), None).end(&mut self.0);
    }

    /// There is no answer, or no more of it.
    pub(crate) fn failed<E>(&mut self) {
        self.0.finish_answered(Outcome::failed::<E>(false, Says::Nothing), None);
    }

    /// Nobody waits for the rest of the answer, which is dropped as part of it: it is whole, with
    /// this status, or was given up.
    pub(crate) fn dropped(&mut self, whole: Option<u16>, drop_rest: impl FnOnce()) {
        let has_unwound = self.0.has_unwound();
        self.run(drop_rest);
        match whole {
            _ if has_unwound => self.0.finish_answered(Outcome::PANICKED, None),
            Some(status) => self.answered(status),
            None => self.0.finish_answered(Outcome::without_error(Status::Cancelled), None),
        }
    }
}
