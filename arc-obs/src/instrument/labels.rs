//! `labels(..)`: which of a function's call sites a call has, by the values of its labels.
//!
//! The expressions are the user's code: they may panic without harm to the call, which is
//! then recorded without its labels.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::hub;
use crate::labels::{self, IntoLabel, Label, LabelIndex, LabelKey};
use crate::metrics::{MOST_RUN_TIME_NAMES, samples_per_label_set};
use crate::operation::OperationKind;
use crate::self_telemetry::LabelOverflow;

use super::callsite::Callsite;

/// The keys that a function names. Fails to compile where their values can create more
/// samples than a limit.
#[must_use]
#[track_caller]
pub const fn label_keys<const N: usize>(kind: OperationKind, limit: usize, keys: [LabelKey; N]) -> [LabelKey; N] {
    labels::check_samples(labels::sets(&keys), samples_per_label_set(kind), limit, RAISE);
    keys
}

/// The same of a function whose name arrives at run time, so that there are as many as
/// such names are labels.
#[must_use]
#[track_caller]
pub const fn label_keys_by_name<const N: usize>(
    kind: OperationKind,
    limit: usize,
    keys: [LabelKey; N],
) -> [LabelKey; N] {
    let each = samples_per_label_set(kind).saturating_mul(MOST_RUN_TIME_NAMES);
    labels::check_samples(labels::sets(&keys), each, limit, RAISE);
    keys
}

/// Where another limit is written.
const RAISE: (&str, &str) = ("`#![sample_limit = ", "]` at the start of `labels!`");

/// Where the values of all labels so far stand, and that of one more.
#[inline]
pub fn label<T, V: IntoLabel<T>>(before: LabelIndex, label: &'static Label<T>, value: V) -> LabelIndex {
    let placed = value.place(label);
    if placed.too_long {
        count(LabelOverflow::TooLong);
    }
    if let Some(reason) = placed.folded {
        count(reason);
    }
    let LabelIndex(before) = before;
    LabelIndex(before.zip(placed.index).map(|(before, index)| before * V::COUNT + index))
}

#[cold]
fn count(reason: LabelOverflow) {
    hub::metrics().health.label_overflow(reason);
}

/// The call site of one call, by its labels.
#[inline]
pub fn with_labels(callsite: &'static Callsite, index: impl FnOnce() -> LabelIndex) -> &'static Callsite {
    match catch_unwind(AssertUnwindSafe(index)) {
        Ok(LabelIndex(Some(index))) => callsite.with_labels(index),
        Ok(LabelIndex(None)) => callsite,
        Err(payload) => {
            // Its destructor is the user's, too, and may panic.
            std::mem::forget(payload);
            count(LabelOverflow::Panicked);
            callsite
        }
    }
}
