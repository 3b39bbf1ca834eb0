//! Functions that return a type which is a future by its name alone: an alias of a boxed
//! one, `Self::Future`. Only the type tells, so it is asked as results are (`outcome`).
//!
//! A boxed future is measured as one, in a box of the same type. Any other type is a value:
//! nothing can be put around a future of somebody else's type without changing it.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use super::callsite::Callsite;
use super::future::track_future;
use super::guard::{Observed, track_sync};

/// What a body makes, before it does.
#[derive(Debug)]
pub struct Made<R>(PhantomData<fn() -> R>);

/// Asks a body what it makes.
#[inline]
pub const fn made_by<R>(_: &impl FnOnce() -> R) -> Made<R> {
    Made(PhantomData)
}

/// The levels, for a glob import where a [`Made`] is asked.
pub mod made_levels {
    use super::{BoxedFuture, Made};

    /// A boxed future.
    #[derive(Debug)]
    pub struct ByFuture;
    /// Any other type.
    #[derive(Debug)]
    pub struct ByValue;

    /// It is a boxed future.
    pub trait ViaFuture {
        /// How it is run.
        fn arc_obs_kind(&self) -> ByFuture;
    }

    impl<R: BoxedFuture> ViaFuture for &Made<R> {
        #[inline]
        fn arc_obs_kind(&self) -> ByFuture {
            ByFuture
        }
    }

    /// It is anything.
    pub trait ViaValue {
        /// How it is run.
        fn arc_obs_kind(&self) -> ByValue;
    }

    impl<R> ViaValue for Made<R> {
        #[inline]
        fn arc_obs_kind(&self) -> ByValue {
            ByValue
        }
    }
}

/// A future in a box, whose type can be kept.
pub trait BoxedFuture {
    /// What it gives when it is ready.
    type Awaited;
}

/// The same, with what is said of its result.
pub trait TrackBoxed<O>: BoxedFuture {
    /// The future that is measured, in a box of the same type.
    fn track(self, callsite: &'static Callsite, observe: O) -> Self;
}

macro_rules! boxed_futures {
    ($($(+ $auto:ident)*;)*) => {$(
        impl<'a, T> BoxedFuture for Pin<Box<dyn Future<Output = T> $(+ $auto)* + 'a>> {
            type Awaited = T;
        }

        impl<'a, T: 'a, O, S> TrackBoxed<O> for Pin<Box<dyn Future<Output = T> $(+ $auto)* + 'a>>
        where
            O: FnOnce(&T) -> S $(+ $auto)* + 'a,
            S: Observed,
        {
            #[inline]
            fn track(self, callsite: &'static Callsite, observe: O) -> Self {
                Box::pin(track_future(callsite, self, observe))
            }
        }
    )*};
}

boxed_futures! {
    ;
    + Send;
}

impl made_levels::ByFuture {
    /// The future, which is measured.
    #[inline]
    pub fn run<R, O, S>(self, callsite: &'static Callsite, make: impl FnOnce() -> R, observe: O) -> R
    where
        R: TrackBoxed<O>,
        O: FnOnce(&R::Awaited) -> S,
        S: Observed,
    {
        make().track(callsite, observe)
    }
}

impl made_levels::ByValue {
    /// The value, whose making is measured.
    #[inline]
    pub fn run<R, S: Observed>(
        self,
        callsite: &'static Callsite,
        make: impl FnOnce() -> R,
        observe: impl FnOnce(&R) -> S,
    ) -> R {
        track_sync(callsite, make, observe)
    }
}
