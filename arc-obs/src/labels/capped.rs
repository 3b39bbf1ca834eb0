//! Strings that arrive at run time, so many of them as a label value each.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::{Mutex, OnceLock, PoisonError};

use super::key::Label;
use super::text::{OTHER, bounded, shown};
use super::value::{IntoLabel, LabelType, Placed};
use crate::self_telemetry::LabelOverflow;

/// The type of a label whose values are strings that only the running program knows: the
/// first `N` distinct ones are values of their own, all others are `other`.
///
/// Sums over the label stay exact; what went into `other` is counted in
/// `arc_obs_label_overflow_total{reason="cap"}`. Each key that is declared so admits its
/// own `N`, for as long as the process lives. A text longer than 256 bytes is cut, an empty
/// one is `unknown`.
///
/// ```
/// use arc_obs::{Capped, traced};
///
/// arc_obs::labels! { customer: Capped<50> }
///
/// #[traced(labels(customer = customer))]
/// fn answer(customer: &str) {}
///
/// fn main() {
///     # let capture = arc_obs::testing::capture();
///     answer("acme");
///     # let labels = [("operation", "answer"), ("status", "success"), ("customer", "acme")];
///     # assert_eq!(capture.value("arc_operations_total", &labels), Some(1.0));
/// }
/// ```
///
/// A value costs a hash and a comparison per call, and no lock once it is admitted. Where
/// the values are known when the program is written, an enum that derives
/// [`LabelValue`](macro@crate::LabelValue) costs neither.
#[derive(Debug)]
pub enum Capped<const N: usize> {}

impl<const N: usize> LabelType for Capped<N> {
    // And `other`.
    const COUNT: usize = N.saturating_add(1);

    fn text(index: usize, admitted: &'static Admitted) -> &'static str {
        admitted.0.get().and_then(|table| table.values.get(index)?.get()).map_or(OTHER, |value| value)
    }
}

#[diagnostic::do_not_recommend]
impl<const N: usize> IntoLabel<Capped<N>> for &str {
    const COUNT: usize = <Capped<N> as LabelType>::COUNT;

    fn place(self, label: &'static Label<Capped<N>>) -> Placed {
        let (value, too_long) = bounded(self);
        if value == OTHER {
            return Placed { too_long, ..Placed::at(N) };
        }
        let table = label.admitted().0.get_or_init(|| Table::new(N));
        match table.place(&value, self) {
            Some(index) => Placed { too_long, ..Placed::at(index) },
            None => Placed { index: Some(N), too_long, folded: Some(LabelOverflow::Cap) },
        }
    }
}

macro_rules! texts {
    ($($text:ty)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<const N: usize> IntoLabel<Capped<N>> for $text {
            const COUNT: usize = <Capped<N> as LabelType>::COUNT;

            fn place(self, label: &'static Label<Capped<N>>) -> Placed {
                let text: &str = self.as_ref();
                text.place(label)
            }
        }
    )*};
}
texts! { String &String &&str Cow<'_, str> &Cow<'_, str> Box<str> &Box<str> Arc<str> &Arc<str> }

/// The values that one key has admitted; nothing for a key whose type says them all.
#[derive(Debug)]
pub struct Admitted(OnceLock<Table>);

impl Admitted {
    pub(super) const fn none() -> Self {
        Self(OnceLock::new())
    }
}

/// A hash table that only grows, so that it is read without a lock: a slot that is
/// written once says where the value stands that hashes to it.
#[derive(Debug)]
struct Table {
    hasher: RandomState,
    /// At least twice as many as there are values, and a power of two.
    slots: Box<[OnceLock<usize>]>,
    /// In the order in which they came.
    values: Box<[OnceLock<&'static str>]>,
    /// How many there are, for whoever adds one.
    count: Mutex<usize>,
}

impl Table {
    fn new(most: usize) -> Self {
        let slots = (most.max(1) * 2).next_power_of_two();
        Self {
            hasher: RandomState::new(),
            slots: (0..slots).map(|_| OnceLock::new()).collect(),
            values: (0..most).map(|_| OnceLock::new()).collect(),
            count: Mutex::new(0),
        }
    }

    /// Where a value stands, which is admitted if there is room; `None` if not.
    /// `whole` is what it is the beginning of.
    fn place(&self, value: &str, whole: &str) -> Option<usize> {
        let found = self.look_up(value);
        // Once it is full, a storm of new values takes no lock.
        let is_full = self.values.last().is_none_or(|last| last.get().is_some());
        match found {
            Ok(index) => Some(index),
            // What is secret is not admitted, but what is left without that.
            Err(_) => match shown(whole) {
                Some(shown) => self.look_up(&shown).ok().or_else(|| if is_full { None } else { self.admit(&shown) }),
                None if is_full => None,
                None => self.admit(value),
            },
        }
    }

    /// Where a value stands, or the slot that it would have.
    fn look_up(&self, value: &str) -> Result<usize, Option<&OnceLock<usize>>> {
        let mask = self.slots.len() - 1;
        // Of a hash any bits will do.
        #[expect(clippy::cast_possible_truncation)]
        let start = self.hasher.hash_one(value) as usize;
        for step in 0..self.slots.len() {
            let slot = &self.slots[start.wrapping_add(step) & mask];
            let Some(index) = slot.get() else { return Err(Some(slot)) };
            if self.values[*index].get() == Some(&value) {
                return Ok(*index);
            }
        }
        Err(None)
    }

    #[cold]
    fn admit(&self, value: &str) -> Option<usize> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match self.look_up(value) {
            // By another thread, a moment ago.
            Ok(index) => return Some(index),
            Err(slot) => slot?,
        };
        let index = *count;
        self.values.get(index)?.get_or_init(|| String::from(value).leak());
        slot.get_or_init(|| index);
        *count += 1;
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn so_many_values_are_admitted_and_stay_where_they_are() {
        let table = Table::new(3);
        assert_eq!(
            ["a", "b", "a", "c", "d", "b"].map(|value| table.place(value, value)),
            [Some(0), Some(1), Some(0), Some(2), None, Some(1)]
        );
        assert_eq!(Table::new(0).place("a", "a"), None);
    }

    #[test]
    fn threads_agree_on_what_is_admitted() {
        const MOST: usize = 100;
        let table = Table::new(MOST);
        let folded = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (table, folded) = (&table, &folded);
                scope.spawn(move || {
                    for n in 0..2 * MOST {
                        let value = ((n + thread * 37) % (2 * MOST)).to_string();
                        match table.place(&value, &value) {
                            Some(index) => assert_eq!(table.values[index].get(), Some(&value.as_str())),
                            None => _ = folded.fetch_add(1, Ordering::Relaxed),
                        }
                    }
                });
            }
        });
        assert!(table.values.iter().all(|value| value.get().is_some()));
        assert!(folded.load(Ordering::Relaxed) >= MOST, "as many again were not admitted, by each thread");
        let mut values: Vec<_> = table.values.iter().filter_map(OnceLock::get).collect();
        values.sort_unstable();
        values.dedup();
        assert_eq!(values.len(), MOST, "each is admitted once");
    }
}
