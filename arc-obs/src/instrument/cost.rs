//! What an operation costs, as its attribute says it: `cost = …`.
//!
//! A closure sees the result and decides by itself; an expression is evaluated before
//! the body runs, while the arguments are still there, and counts where the operation
//! ends with success. Both are the user's code: they may panic or state nonsense
//! without harm to the call, and what is refused is counted.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::hub;
use crate::operation::{Cost, Usd};
use crate::self_telemetry::CostRefused;

use super::callsite::Callsite;
use super::guard::{Observed, Operation, begin};
use super::outcome::Outcome;

/// What `cost = …` is, or returns: dollars as an `f64`, a [`Usd`], or an `Option` of one
/// of them. `None` is no cost that anybody knows.
#[diagnostic::on_unimplemented(
    message = "`cost = …` says a `{Self}` and not an amount of money",
    label = "this is no cost",
    note = "say dollars as an `f64`, as in `cost = 0.005` or `cost = 2.0`, or an exact amount as an `arc_obs::Usd`, or an `Option` of one of them"
)]
pub trait IntoCost {
    /// The amount, if there is one.
    #[doc(hidden)]
    fn into_cost(self) -> Amount;
}

/// An amount, none, or why it is refused; opaque to everybody else.
#[doc(hidden)]
#[derive(Debug)]
pub struct Amount(Result<Option<Usd>, CostRefused>);

impl IntoCost for Cost {
    fn into_cost(self) -> Amount {
        self.total().into_cost()
    }
}

impl IntoCost for Usd {
    fn into_cost(self) -> Amount {
        Amount(if self > Usd::MOST_OF_ONE { Err(CostRefused::TooLarge) } else { Ok(Some(self)) })
    }
}

impl IntoCost for f64 {
    fn into_cost(self) -> Amount {
        if !self.is_finite() {
            return Amount(Err(CostRefused::NotFinite));
        }
        match Usd::from_dollars(self) {
            Some(cost) => cost.into_cost(),
            None if self < 0.0 => Amount(Err(CostRefused::Negative)),
            None => Amount(Err(CostRefused::TooLarge)),
        }
    }
}

impl<C: IntoCost> IntoCost for Option<C> {
    fn into_cost(self) -> Amount {
        self.map_or(Amount(Ok(None)), C::into_cost)
    }
}

/// What the user's code says, if it says an amount of money.
fn said<C: IntoCost>(cost: impl FnOnce() -> C) -> Option<Usd> {
    let refused = match catch_unwind(AssertUnwindSafe(|| cost().into_cost().0)) {
        Ok(Ok(cost)) => return cost,
        Ok(Err(refused)) => refused,
        Err(payload) => {
            // Its destructor is the user's, too, and may panic.
            std::mem::forget(payload);
            CostRefused::Panicked
        }
    };
    hub::metrics().health.cost_refused(refused);
    None
}

/// What a result says of its operation, and what the operation costs.
#[derive(Debug)]
pub struct Charged<O> {
    observed: O,
    cost: Option<Usd>,
}

impl<O: Observed> Observed for Charged<O> {
    fn is_success(&self) -> bool {
        self.observed.is_success()
    }

    fn end(self, operation: &mut Operation) {
        self.observed.end_charged(operation, self.cost);
    }

    fn end_charged(self, operation: &mut Operation, cost: Option<Usd>) {
        self.observed.end_charged(operation, cost);
    }
}

/// `cost = |result| …`: the closure sees the result as the function returns it.
pub fn cost_of<O: Observed, R: ?Sized, C: IntoCost>(observed: O, result: &R, cost: impl FnOnce(&R) -> C) -> Charged<O> {
    Charged { observed, cost: said(|| cost(result)) }
}

/// What an expression said before the body ran.
#[derive(Clone, Copy, Debug)]
pub struct SaidCost(Option<Usd>);

impl SaidCost {
    /// Nothing was said.
    pub const NONE: Self = Self(None);

    /// What is charged where it ended so.
    pub(super) fn of(self, outcome: &Outcome) -> Option<Usd> {
        if outcome.is_success() { self.0 } else { self.0.map(|_| Usd::ZERO) }
    }

    /// Charged on success. A failed operation costs nothing, which is known, too.
    fn charge<O: Observed>(self, observed: O) -> Charged<O> {
        let cost = if observed.is_success() { self.0 } else { self.0.map(|_| Usd::ZERO) };
        Charged { observed, cost }
    }
}

/// `cost = expression`, of a function that makes the future: it is evaluated there.
pub fn cost_said<C: IntoCost>(cost: impl FnOnce() -> C) -> SaidCost {
    SaidCost(said(cost))
}

/// `cost = expression`, evaluated inside of the operation, which begins here.
pub fn begin_with_cost<C: IntoCost>(callsite: &'static Callsite, cost: impl FnOnce() -> C) -> (Operation, SaidCost) {
    begin(Operation::new(callsite), || cost_said(cost))
}

/// The same, of an operation that has fields already.
pub fn begun_with_cost<C: IntoCost>(operation: Operation, cost: impl FnOnce() -> C) -> (Operation, SaidCost) {
    begin(operation, || cost_said(cost))
}

/// The end of an operation whose cost was said before.
pub fn charged<O: Observed>(observed: O, cost: SaidCost) -> Charged<O> {
    cost.charge(observed)
}

/// What the path of `cost = path` leads to: a function of the result, or an amount.
/// `By` tells the two apart, and is inferred.
#[diagnostic::on_unimplemented(
    message = "`cost = …` names a `{Self}`, which is neither an amount of money nor a function of the result that returns one",
    label = "this is no cost",
    note = "name a function from `&` the returned value, or an amount: dollars as an `f64`, an `arc_obs::Usd`, or an `Option` of one of them"
)]
pub trait CostSource<R: ?Sized, By> {
    /// The end of the operation.
    #[doc(hidden)]
    fn charge<O: Observed>(self, observed: O, result: &R) -> Charged<O>;
}

/// Tag of a [`CostSource`] that is a function.
#[derive(Debug)]
pub struct ByFunction;
/// Tag of a [`CostSource`] that is an amount.
#[derive(Debug)]
pub struct ByAmount;

impl<R: ?Sized, C: IntoCost, F: FnOnce(&R) -> C> CostSource<R, ByFunction> for F {
    fn charge<O: Observed>(self, observed: O, result: &R) -> Charged<O> {
        cost_of(observed, result, self)
    }
}

impl<R: ?Sized, C: IntoCost> CostSource<R, ByAmount> for C {
    fn charge<O: Observed>(self, observed: O, _: &R) -> Charged<O> {
        cost_said(|| self).charge(observed)
    }
}

/// `cost = path`
pub fn cost_by<O: Observed, R: ?Sized, By>(observed: O, result: &R, cost: impl CostSource<R, By>) -> Charged<O> {
    cost.charge(observed, result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(cost: impl IntoCost) -> Result<Option<Usd>, CostRefused> {
        cost.into_cost().0
    }

    #[test]
    fn dollars_are_rounded_to_the_nano_dollar() {
        assert_eq!(amount(0.005), Ok(Some(Usd::from_nanos(5_000_000))));
        assert_eq!(amount(Some(Usd::from_nanos(7))), Ok(Some(Usd::from_nanos(7))));
        assert_eq!(amount(None::<f64>), Ok(None));
        assert_eq!(amount(0.0), Ok(Some(Usd::ZERO)), "free is known");
        assert_eq!(amount(-0.0), Ok(Some(Usd::ZERO)));
        assert_eq!(amount(1_000_000.0), Ok(Some(Usd::MOST_OF_ONE)));
    }

    #[test]
    fn what_is_no_amount_of_money_is_refused() {
        assert_eq!(amount(-0.005), Err(CostRefused::Negative));
        assert_eq!(amount(-1e300), Err(CostRefused::Negative));
        assert_eq!(amount(f64::NAN), Err(CostRefused::NotFinite));
        assert_eq!(amount(f64::INFINITY), Err(CostRefused::NotFinite));
        assert_eq!(amount(f64::NEG_INFINITY), Err(CostRefused::NotFinite));
        assert_eq!(amount(1_000_000.01), Err(CostRefused::TooLarge));
        assert_eq!(amount(1e300), Err(CostRefused::TooLarge));
        assert_eq!(amount(Some(Usd::from_nanos(u64::MAX))), Err(CostRefused::TooLarge));
    }
}
