//! `labels(..)`: which of a function's call sites a call has, by the values of its labels.
//!
//! The expressions are the user's code: they may panic without harm to the call, which is
//! then recorded without its labels.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::hub;
use crate::labels::{self, IntoLabel, Label, LabelKey};
use crate::metrics::samples_per_label_set;
use crate::operation::OperationKind;
use crate::self_telemetry::LabelOverflow;

use super::callsite::Callsite;

/// The keys that a function names. Fails to compile where their values can create more
/// samples than a limit.
#[must_use]
#[track_caller]
pub const fn label_keys<const N: usize>(kind: OperationKind, limit: usize, keys: [LabelKey; N]) -> [LabelKey; N] {
    let raise = ("`#![sample_limit = ", "]` at the start of `labels!`");
    labels::check_samples(labels::sets(&keys), samples_per_label_set(kind), limit, raise);
    keys
}

/// Where the values of all labels so far stand, and that of one more; `None` once one of
/// them is none that its key has.
#[inline]
pub fn label<T, V: IntoLabel<T>>(before: Option<usize>, label: &'static Label<T>, value: V) -> Option<usize> {
    let placed = value.place(label);
    if placed.too_long {
        count(LabelOverflow::TooLong);
    }
    if let Some(reason) = placed.folded {
        count(reason);
    }
    Some(before? * V::COUNT + placed.index?)
}

#[cold]
fn count(reason: LabelOverflow) {
    hub::metrics().health.label_overflow(reason);
}

/// The call site of one call, by its labels.
#[inline]
pub fn with_labels(callsite: &'static Callsite, index: impl FnOnce() -> Option<usize>) -> &'static Callsite {
    match catch_unwind(AssertUnwindSafe(index)) {
        Ok(Some(index)) => callsite.with_labels(index),
        Ok(None) => callsite,
        Err(payload) => {
            // Its destructor is the user's, too, and may panic.
            std::mem::forget(payload);
            count(LabelOverflow::Panicked);
            callsite
        }
    }
}
