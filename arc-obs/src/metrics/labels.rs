//! Label values that are bounded in number and in length.
//!
//! A label name has one set of admitted values, a [`Domain`], which all metrics
//! with that label share: a call's counter and its histogram then agree on what
//! is `other`. Values that stand in the source (an attribute's literal) are
//! always admitted and do not count; strings that arrive at run time are admitted
//! up to [`RUN_TIME_VALUES`], then go into [`OTHER`], so that the sum over the
//! series stays exact. Each value carries what is kept for it, once for each set of the
//! user's own labels, and all of it lives as long as the process, which is what lets an
//! annotated function keep a plain `&'static` to it.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::catalog::Catalog;
use crate::labels::{self, LabelSet, OTHER};
use crate::self_telemetry::{LabelOverflow, SelfTelemetry};

/// How many run-time values a label takes before the rest share [`OTHER`].
pub(crate) const RUN_TIME_VALUES: usize = 200;

/// How many names the operations of one kind have at most that arrive at run time, with
/// the one that stands for the rest.
pub(crate) const MOST_RUN_TIME_NAMES: usize = RUN_TIME_VALUES + 1;

/// How what is kept for a value is made.
type Make<T> = fn(&'static Catalog, &'static str, LabelSet) -> T;

/// The admitted values of one label name, each with what is kept for it.
pub(crate) struct Domain<T: 'static> {
    catalog: &'static Catalog,
    health: &'static SelfTelemetry,
    make: Make<T>,
    values: RwLock<Values<T>>,
}

struct Values<T: 'static> {
    /// What is kept for a value and a set of labels.
    kept: HashMap<(&'static str, LabelSet), &'static T>,
    admitted: HashSet<&'static str>,
    run_time: usize,
}

impl<T: Sync + 'static> Domain<T> {
    pub(crate) fn new(catalog: &'static Catalog, health: &'static SelfTelemetry, make: Make<T>) -> Self {
        let values = Values { kept: HashMap::new(), admitted: HashSet::new(), run_time: 0 };
        Self { catalog, health, make, values: RwLock::new(values) }
    }

    /// What is kept for a value that may have arrived at run time, with labels of the user's own.
    pub(crate) fn admit(&self, value: &'static str, run_time: bool, labels: LabelSet) -> &'static T {
        if run_time { self.run_time_with(value, labels) } else { self.literal(value, labels) }
    }

    /// What is kept for a value that stands in the source, with labels of the user's own.
    pub(crate) fn literal(&self, value: &'static str, labels: LabelSet) -> &'static T {
        if let Some(found) = self.read().kept.get(&(value, labels)) {
            return found;
        }
        let mut values = self.write();
        values.admitted.insert(value);
        self.keep(&mut values, value, labels)
    }

    /// What is kept for a value that arrived at run time, or for [`OTHER`].
    pub(crate) fn run_time(&self, value: &str) -> &'static T {
        self.run_time_with(value, &[])
    }

    /// The same, with labels of the user's own.
    pub(crate) fn run_time_with(&self, whole: &str, labels: LabelSet) -> &'static T {
        let value = self.bounded(whole);
        {
            let values = self.read();
            // Once `other` exists, a storm of new values takes no write lock.
            let full = values.run_time >= RUN_TIME_VALUES && !values.admitted.contains(&*value);
            if let Some(found) = values.kept.get(&(&*value, labels)) {
                return found;
            } else if let (true, Some(other)) = (full, values.kept.get(&(OTHER, labels))) {
                self.health.label_overflow(LabelOverflow::Cap);
                return other;
            }
        }
        let mut value = value;
        if let Some(shown) = labels::shown(whole) {
            value = Cow::Owned(shown);
        }
        let mut values = self.write();
        if let Some(admitted) = values.admitted.get(&*value).copied() {
            return self.keep(&mut values, admitted, labels);
        }
        if values.run_time >= RUN_TIME_VALUES {
            self.health.label_overflow(LabelOverflow::Cap);
            values.admitted.insert(OTHER);
            return self.keep(&mut values, OTHER, labels);
        }
        values.run_time += 1;
        let value: &'static str = Box::leak(value.into_owned().into_boxed_str());
        values.admitted.insert(value);
        self.keep(&mut values, value, labels)
    }

    /// All admitted values, in no order; one that has several sets of labels, several times.
    pub(crate) fn all(&self) -> Vec<(&'static str, &'static T)> {
        self.read().kept.iter().map(|((value, _), kept)| (*value, *kept)).collect()
    }

    fn keep(&self, values: &mut Values<T>, value: &'static str, labels: LabelSet) -> &'static T {
        let make = || &*Box::leak(Box::new((self.make)(self.catalog, value, labels)));
        values.kept.entry((value, labels)).or_insert_with(make)
    }

    fn read(&self) -> RwLockReadGuard<'_, Values<T>> {
        self.values.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Values<T>> {
        self.values.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn bounded<'a>(&self, value: &'a str) -> Cow<'a, str> {
        let (value, too_long) = labels::bounded(value);
        if too_long {
            self.health.label_overflow(LabelOverflow::TooLong);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metrics;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn domain<T: Sync>(make: Make<T>) -> Domain<T> {
        let metrics = Metrics::leaked();
        Domain::new(metrics.catalog, metrics.health, make)
    }

    #[test]
    fn run_time_values_are_capped_and_the_sum_stays_exact() {
        let domain = domain(|_, _, _| AtomicUsize::new(0));
        domain.literal("written", &[]);
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
        let domain = domain(|_, _, _| ());
        for n in 0..1_000 {
            domain.run_time(&n.to_string());
        }
        domain.literal("late", &[]);
        assert!(domain.all().iter().any(|(value, ())| *value == "late"));
    }

    #[test]
    fn a_value_counts_once_whatever_its_labels() {
        let domain = domain(|_, _, _| AtomicUsize::new(0));
        for n in 0..2 * RUN_TIME_VALUES {
            for labels in [&[], &[("tier", "free")][..], &[("tier", "pro")][..]] {
                domain.run_time_with(&n.to_string(), labels).fetch_add(1, Ordering::Relaxed);
            }
        }
        let all = domain.all();
        assert_eq!(all.len(), 3 * (RUN_TIME_VALUES + 1), "and `other`");
        let other = all.iter().filter(|(value, _)| *value == OTHER);
        let counts: Vec<_> = other.map(|(_, count)| count.load(Ordering::Relaxed)).collect();
        assert_eq!(counts, [RUN_TIME_VALUES; 3]);
    }
}
