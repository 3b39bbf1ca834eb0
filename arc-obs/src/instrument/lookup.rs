//! Whether a look-up in a cache was a hit, found by the type of what it returns.
//!
//! `Option` and `Result<Option<_>, _>` say so; of other types the user's closure does:
//! `hit = …`. An `Option<Result<_, _>>` is refused, by a level of its own as in `outcome`:
//! its `Some(Err(_))` may be a failure that was cached, a hit, or one of the cache.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::hub;
use crate::operation::Usd;

use super::guard::{Observed, Operation};
use super::outcome::Outcome;

/// A look-up's outcome, and whether it was a hit.
#[derive(Debug)]
pub struct LookedUp {
    outcome: Outcome,
    hit: Option<bool>,
}

impl Observed for LookedUp {
    fn is_success(&self) -> bool {
        self.outcome.is_success()
    }

    fn end(self, operation: &mut Operation) {
        operation.finish_lookup(self.outcome, self.hit);
    }

    /// `#[track_cache]` takes no `cost = …`.
    fn end_charged(self, operation: &mut Operation, _: Option<Usd>) {
        self.end(operation);
    }
}

/// A returned value to be asked whether it is a hit.
#[derive(Debug)]
pub struct Lookup<'a, T: ?Sized>(pub &'a T);

/// The levels, for a glob import where a [`Lookup`] is asked.
pub mod lookup_levels {
    use super::{LookedUp, Lookup, Outcome};

    /// Is an `Option` of a `Result`.
    pub trait Ambiguous {
        /// The tag.
        fn arc_obs_kind(&self) -> ByNothing {
            ByNothing
        }
    }
    impl<T, E> Ambiguous for &Lookup<'_, Option<Result<T, E>>> {}

    /// Is anything else.
    pub trait Plain {
        /// The tag.
        fn arc_obs_kind(&self) -> ByType {
            ByType
        }
    }
    impl<T: ?Sized> Plain for Lookup<'_, T> {}

    /// What a look-up must return, for hits and misses to be counted.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` does not say whether the cache had it",
        label = "`#[track_cache]` cannot tell a hit from a miss by this return type",
        note = "say it: `#[track_cache(\"…\", hit = |found| …)]`, a closure (or a function's path) from `&` the returned value to `bool`",
        note = "or return an `Option` or a `Result<Option<_>, _>`: `Some` is a hit, `None` a miss, an `Err` neither"
    )]
    pub trait SaysHit {
        /// Whether it is a hit; `None` where it is neither.
        fn is_hit(&self) -> Option<bool>;
    }

    impl<T> SaysHit for Option<T> {
        #[inline]
        fn is_hit(&self) -> Option<bool> {
            Some(self.is_some())
        }
    }

    impl<T, E> SaysHit for Result<Option<T>, E> {
        #[inline]
        fn is_hit(&self) -> Option<bool> {
            self.as_ref().ok().map(Option::is_some)
        }
    }

    /// What no `Option<Result<_, _>>` is.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` does not say whether the cache had it",
        label = "`Some(Err(_))` is a hit if the failure was cached, and neither a hit nor a miss if the look-up failed",
        note = "say which: `#[track_cache(\"…\", hit = Option::is_some)]` if the failure was cached",
        note = "or return a `Result<Option<_>, _>` if the look-up can fail, as `Option::transpose` makes it"
    )]
    pub trait Unambiguous {}

    /// See [`Plain`].
    #[derive(Debug)]
    pub struct ByType;
    /// See [`Ambiguous`].
    #[derive(Debug)]
    pub struct ByNothing;

    impl ByType {
        /// Asks it.
        #[inline]
        pub fn read<T: SaysHit + ?Sized>(self, outcome: Outcome, found: &T) -> LookedUp {
            LookedUp { outcome, hit: found.is_hit() }
        }
    }

    impl ByNothing {
        /// Does not compile.
        pub fn read<T: Unambiguous + ?Sized>(self, outcome: Outcome, _: &T) -> LookedUp {
            LookedUp { outcome, hit: None }
        }
    }
}

/// What the closure of `hit = …` returns.
#[diagnostic::on_unimplemented(
    message = "`hit = …` returns a `{Self}` and not whether the cache had it",
    label = "this is no `bool`",
    note = "return a `bool`, as in `hit = |found| found.from_cache`, or an `Option<bool>` whose `None` counts as neither a hit nor a miss"
)]
pub trait IntoHit {
    /// Whether it is a hit; `None` where it is neither.
    fn into_hit(self) -> Option<bool>;
}

impl IntoHit for bool {
    fn into_hit(self) -> Option<bool> {
        Some(self)
    }
}

impl IntoHit for Option<bool> {
    fn into_hit(self) -> Option<bool> {
        self
    }
}

/// `hit = |found| …`: the closure sees the result as the function returns it, an `Err`, too,
/// which in some caches is how a miss is said.
pub fn looked_up_by<R: ?Sized, H: IntoHit>(outcome: Outcome, result: &R, hit: impl FnOnce(&R) -> H) -> LookedUp {
    // Code of the user's that reads a result must not break the call it reads.
    let hit = catch_unwind(AssertUnwindSafe(|| hit(result).into_hit())).unwrap_or_else(|payload| {
        // Its destructor is the user's, too, and may panic.
        std::mem::forget(payload);
        hub::metrics().health.hit_panicked();
        None
    });
    LookedUp { outcome, hit }
}
