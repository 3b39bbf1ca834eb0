//! Label values that are bounded in number and in length.
//!
//! A label name has one set of admitted values, a [`Domain`], which all metrics
//! with that label share: a call's counter and its histogram then agree on what
//! is `other`. Values that stand in the source (an attribute's literal) are
//! always admitted and do not count; strings that arrive at run time are admitted
//! up to [`RUN_TIME_VALUES`], then go into [`OTHER`], so that the sum over the
//! series stays exact. Each value carries what is kept for it, and both live as
//! long as the process, which is what lets an annotated function keep a plain
//! `&'static` to them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use super::catalog::Catalog;
use crate::self_telemetry::{LabelOverflow, SelfTelemetry};

/// How many run-time values a label takes before the rest share [`OTHER`].
pub(crate) const RUN_TIME_VALUES: usize = 200;

/// The value that stands for all that were not admitted.
pub(crate) const OTHER: &str = "other";

/// The value that stands for an empty name.
pub(crate) const UNNAMED: &str = "unknown";

/// The longest run-time label value, in bytes; what is longer is cut.
pub(crate) const LONGEST_VALUE: usize = 256;

/// The admitted values of one label name, each with what is kept for it.
pub(crate) struct Domain<T: 'static> {
    catalog: &'static Catalog,
    health: &'static SelfTelemetry,
    make: fn(&'static Catalog, &'static str) -> T,
    values: RwLock<Values<T>>,
}

struct Values<T: 'static> {
    known: HashMap<&'static str, &'static T>,
    run_time: usize,
}

impl<T: Sync + 'static> Domain<T> {
    pub(crate) fn new(
        catalog: &'static Catalog,
        health: &'static SelfTelemetry,
        make: fn(&'static Catalog, &'static str) -> T,
    ) -> Self {
        Self { catalog, health, make, values: RwLock::new(Values { known: HashMap::new(), run_time: 0 }) }
    }

    /// What is kept for a value that may have arrived at run time.
    pub(crate) fn admit(&self, value: &'static str, run_time: bool) -> &'static T {
        if run_time { self.run_time(value) } else { self.literal(value) }
    }

    /// What is kept for a value that stands in the source.
    pub(crate) fn literal(&self, value: &'static str) -> &'static T {
        if let Some(found) = self.get(value) {
            return found;
        }
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        values.insert(value, || (self.make)(self.catalog, value))
    }

    /// What is kept for a value that arrived at run time, or for [`OTHER`].
    pub(crate) fn run_time(&self, value: &str) -> &'static T {
        let value = self.bounded(value);
        {
            let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
            // Once `other` exists, a storm of new values takes no write lock.
            let full = values.run_time >= RUN_TIME_VALUES;
            if let Some(found) = values.known.get(&*value) {
                return found;
            } else if let (true, Some(other)) = (full, values.known.get(OTHER)) {
                self.health.label_overflow(LabelOverflow::Cap);
                return other;
            }
        }
        let mut values = self.values.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = values.known.get(&*value) {
            return found;
        }
        if values.run_time >= RUN_TIME_VALUES {
            self.health.label_overflow(LabelOverflow::Cap);
            return values.insert(OTHER, || (self.make)(self.catalog, OTHER));
        }
        values.run_time += 1;
        let value = Box::leak(value.into_owned().into_boxed_str());
        values.insert(value, || (self.make)(self.catalog, value))
    }

    /// All admitted values, in no order.
    pub(crate) fn all(&self) -> Vec<(&'static str, &'static T)> {
        let values = self.values.read().unwrap_or_else(PoisonError::into_inner);
        values.known.iter().map(|(value, kept)| (*value, *kept)).collect()
    }

    fn get(&self, value: &str) -> Option<&'static T> {
        self.values.read().unwrap_or_else(PoisonError::into_inner).known.get(value).copied()
    }

    /// The value itself, or its beginning with a mark where it is too long.
    fn bounded<'a>(&self, value: &'a str) -> Cow<'a, str> {
        match bounded(value) {
            (value, false) => Cow::Borrowed(value),
            (beginning, true) => {
                self.health.label_overflow(LabelOverflow::TooLong);
                Cow::Owned(format!("{beginning}{CUT}"))
            }
        }
    }
}

/// What stands behind the beginning of a value that was too long.
pub(crate) const CUT: char = '…';

/// The value itself, or its beginning where it is too long, and whether it is: with
/// [`CUT`] behind it, it is then no longer than it may be.
pub(crate) fn bounded(value: &str) -> (&str, bool) {
    if value.is_empty() {
        // To Prometheus an empty label is none at all.
        return (UNNAMED, false);
    }
    if value.len() <= LONGEST_VALUE {
        return (value, false);
    }
    let mut end = LONGEST_VALUE - CUT.len_utf8();
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    (&value[..end], true)
}

impl<T: 'static> Values<T> {
    fn insert(&mut self, value: &'static str, make: impl FnOnce() -> T) -> &'static T {
        self.known.entry(value).or_insert_with(|| Box::leak(Box::new(make())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn domain<T: Sync>(make: fn(&'static Catalog, &'static str) -> T) -> Domain<T> {
        let metrics = Metrics::leaked();
        Domain::new(metrics.catalog, metrics.health, make)
    }

    #[test]
    fn run_time_values_are_capped_and_the_sum_stays_exact() {
        let domain = domain(|_, _| AtomicUsize::new(0));
        domain.literal("written");
        for n in 0..10_000 {
            domain.run_time(&format!("value-{n}")).fetch_add(1, Ordering::Relaxed);
        }
        let all = domain.all();
        assert_eq!(all.len(), RUN_TIME_VALUES + 2, "the literal, the admitted and `other`");
        assert_eq!(all.iter().map(|(_, count)| count.load(Ordering::Relaxed)).sum::<usize>(), 10_000);
        let other = all.iter().find(|(value, _)| *value == OTHER).unwrap();
        assert_eq!(other.1.load(Ordering::Relaxed), 10_000 - RUN_TIME_VALUES);
    }

    #[test]
    fn literals_are_admitted_after_the_cap() {
        let domain = domain(|_, _| ());
        for n in 0..1_000 {
            domain.run_time(&n.to_string());
        }
        domain.literal("late");
        assert!(domain.all().iter().any(|(value, ())| *value == "late"));
    }

    #[test]
    fn long_values_are_cut_on_a_character_boundary() {
        let domain = domain(|_, _| ());
        let long = "ä".repeat(40_000);
        let cut = domain.bounded(&long);
        assert!(cut.len() <= LONGEST_VALUE && cut.ends_with('…'), "{}", cut.len());
        assert_eq!(domain.bounded("short"), "short");
    }
}
