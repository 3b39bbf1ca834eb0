//! A key of labels: what `labels!` declares, and what a function that names it keeps.

use std::fmt;
use std::marker::PhantomData;
use std::sync::LazyLock;

use super::capped::Admitted;
use super::value::LabelType;
use crate::operation::OperationKind;

/// One key that `labels!` declares, with the type of its values.
pub struct Label<T> {
    name: &'static str,
    admitted: Admitted,
    values: PhantomData<fn() -> T>,
}

impl<T> Label<T> {
    /// A key; its type is checked apart, so that a wrong one is one error.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, admitted: Admitted::none(), values: PhantomData }
    }

    pub(super) const fn admitted(&'static self) -> &'static Admitted {
        &self.admitted
    }
}

/// A key without its type, which is checked here.
#[must_use]
#[track_caller]
pub const fn checked_key<T: LabelType>(label: &'static Label<T>) -> LabelKey {
    is_label_type::<T>();
    key(label)
}

/// A key without its type, which was checked where it is declared.
#[must_use]
pub const fn key<T: LabelType>(label: &'static Label<T>) -> LabelKey {
    LabelKey { name: label.name, count: T::COUNT, text: T::text, admitted: &label.admitted }
}

impl<T> fmt::Debug for Label<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Label").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Compiles for what the type of a key may be.
#[track_caller]
pub const fn is_label_type<T: LabelType>() {
    if let Some(fault) = T::FAULT {
        panic!("{}", fault);
    }
}

/// A key that a function names, without the type of its values.
#[derive(Clone, Copy, Debug)]
pub struct LabelKey {
    name: &'static str,
    count: usize,
    text: fn(usize, &'static Admitted) -> &'static str,
    admitted: &'static Admitted,
}

impl LabelKey {
    /// The label's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// How many sets of values some keys have: the product of how many each has.
pub(crate) const fn sets(keys: &[LabelKey]) -> usize {
    let mut sets: usize = 1;
    let mut index = 0;
    while index < keys.len() {
        sets = sets.saturating_mul(keys[index].count);
        index += 1;
    }
    sets
}

/// Names and values of some labels, by name, none of the values empty. Equal sets are one
/// series, wherever they come from.
pub(crate) type LabelSet = &'static [(&'static str, &'static str)];

/// The set at a place, as a number whose digits are the places of the values, that of the
/// last key the lowest.
pub(crate) fn set_at(keys: &[LabelKey], mut index: usize) -> LabelSet {
    let mut set = Vec::with_capacity(keys.len());
    for key in keys.iter().rev() {
        let count = key.count.max(1);
        set.push((key.name, (key.text)(index % count, key.admitted)));
        index /= count;
    }
    // To Prometheus an empty label is none at all.
    set.retain(|(_, value)| !value.is_empty());
    set.sort_unstable();
    set.leak()
}

/// That functions of a kind are labelled with some keys: one entry per function, in the
/// list that the linker makes.
#[derive(Debug)]
pub struct LabelUse {
    kind: OperationKind,
    keys: &'static [LabelKey],
}

impl LabelUse {
    /// One function.
    #[must_use]
    pub const fn new(kind: OperationKind, keys: &'static [LabelKey]) -> Self {
        Self { kind, keys }
    }
}

inventory::collect!(LabelUse);

/// Kinds of functions and the names of the keys that some of them have, in order.
static DECLARED: LazyLock<Vec<(OperationKind, &'static str)>> = LazyLock::new(|| {
    let of_one = |used: &'static LabelUse| used.keys.iter().map(|key| (used.kind, key.name));
    let mut declared: Vec<_> = inventory::iter::<LabelUse>.into_iter().flat_map(of_one).collect();
    declared.sort_unstable_by_key(|(kind, name)| (kind.as_str(), *name));
    declared.dedup();
    declared
});

/// The names of all keys that functions of a kind have in this program, in order.
pub(crate) fn declared_keys(kind: OperationKind) -> Vec<&'static str> {
    DECLARED.iter().filter(|(of, _)| *of == kind).map(|(_, name)| *name).collect()
}

/// Whether any function of this program has labels of its own.
pub(crate) fn is_any_declared() -> bool {
    !DECLARED.is_empty()
}
/// Where the values of labels stand among all that they can have; nowhere once one of them
/// is none that its key has. A type of its own, so that no `?` ends a closure that says one.
#[derive(Clone, Copy, Debug)]
pub struct LabelIndex(pub(crate) Option<usize>);

impl LabelIndex {
    /// Before the first of them.
    pub const FIRST: Self = Self(Some(0));
}
