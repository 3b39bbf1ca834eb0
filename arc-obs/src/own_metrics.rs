//! The metrics that a program declares with `#[metrics]`, as it uses them.
//!
//! A handle points at one cell: that of the process, or of the capture that is in place.

use std::fmt;
use std::time::Duration;

use crate::hub;
use crate::labels::LabelIndex;
use crate::labels::{self, LabelKey};
use crate::metrics::{
    self, Cell, Families, FloatGauge, FloatHistogram, Holds, OwnCounter, OwnGauge, OwnHistogram, OwnMetric,
};
use crate::settings::ENABLED;

/// A counter of the program's own, with its labels: a number that only grows.
///
/// Made by a function that [`metrics`](macro@crate::metrics) declares.
///
/// ```
/// #[arc_obs::metrics(prefix = "shop")]
/// mod shop {
///     /// Orders placed.
///     #[counter]
///     pub fn orders(express: bool);
/// }
///
/// # fn main() {
/// let express = shop::orders(true);
/// express.inc();
/// express.add(2);
/// # }
/// ```
#[derive(Clone, Copy)]
#[must_use = "a handle counts nothing until it is told to, as in `.inc()`"]
pub struct Counter(&'static metrics::Counter);

impl Counter {
    /// Adds one.
    #[inline]
    pub fn inc(self) {
        self.add(1);
    }

    /// Adds a number.
    #[inline]
    pub fn add(self, n: u64) {
        if ENABLED {
            // At the largest it stays.
            let _ = self.0.add_saturating(n);
        }
    }
}

/// A gauge of the program's own, with its labels: a number that goes up and down.
///
/// Made by a function that [`metrics`](macro@crate::metrics) declares.
///
/// ```
/// #[arc_obs::metrics(prefix = "shop")]
/// mod shop {
///     /// Orders that wait.
///     #[gauge]
///     pub fn queue_length();
/// }
///
/// # fn main() {
/// shop::queue_length().set(3.0);
/// shop::queue_length().dec();
/// # }
/// ```
#[derive(Clone, Copy)]
#[must_use = "a handle changes nothing until it is told to, as in `.set(1.0)`"]
pub struct Gauge(&'static FloatGauge);

impl Gauge {
    /// Sets it.
    #[inline]
    pub fn set(self, n: f64) {
        if ENABLED {
            self.0.set(n);
        }
    }

    /// Adds one.
    #[inline]
    pub fn inc(self) {
        self.add(1.0);
    }

    /// Takes one away.
    #[inline]
    pub fn dec(self) {
        self.add(-1.0);
    }

    /// Adds a number, which may be negative. One that is not finite is refused and counted in
    /// `arc_obs_dropped_total{signal="metrics",reason="not_finite"}`, for the gauge would never
    /// recover from it; [`set`](Self::set) takes any.
    #[inline]
    pub fn add(self, n: f64) {
        if !ENABLED {
            return;
        }
        if n.is_finite() { self.0.add(n) } else { not_finite() }
    }
}

/// A histogram of the program's own, with its labels: how many observations were at most so
/// large, how many there were, and their sum.
///
/// Made by a function that [`metrics`](macro@crate::metrics) declares.
///
/// ```
/// #[arc_obs::metrics(prefix = "shop")]
/// mod shop {
///     /// Time from the cart to the receipt.
///     #[histogram]
///     pub fn checkout_seconds();
/// }
///
/// # fn main() {
/// shop::checkout_seconds().observe(0.2);
/// shop::checkout_seconds().observe_duration(std::time::Duration::from_millis(200));
/// # }
/// ```
#[derive(Clone, Copy)]
#[must_use = "a handle observes nothing until it is told to, as in `.observe(0.2)`"]
pub struct Histogram(&'static FloatHistogram);

impl Histogram {
    /// Adds an observation, in the unit that the metric's name says. One that is not finite is
    /// refused and counted in `arc_obs_dropped_total{signal="metrics",reason="not_finite"}`, for
    /// the sum would never recover from it.
    #[inline]
    pub fn observe(self, n: f64) {
        if !ENABLED {
            return;
        }
        if n.is_finite() { self.0.observe(n) } else { not_finite() }
    }

    /// Adds a duration, in seconds.
    #[inline]
    pub fn observe_duration(self, duration: Duration) {
        self.observe(duration.as_secs_f64());
    }
}

#[cold]
fn not_finite() {
    hub::metrics().health.not_finite();
}

macro_rules! debug {
    ($($handle:ident)*) => {$(
        impl fmt::Debug for $handle {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_tuple(stringify!($handle)).field(&self.0).finish()
            }
        }
    )*};
}

debug! { Counter Gauge Histogram }

/// The cell of a metric at a place; without its labels where there is none.
#[inline]
fn cell<C: Cell>(metric: &'static OwnMetric<C>, index: LabelIndex) -> &'static C
where
    Families: Holds<C>,
{
    match index.0 {
        Some(index) if !hub::is_anybody_watching() => metric.cell(index),
        index => hub::metrics().own.cell(metric, index),
    }
}

/// What the function of a `#[counter]` returns.
#[inline]
pub fn counter(metric: &'static OwnCounter, index: LabelIndex) -> Counter {
    Counter(cell(metric.metric(), index))
}

/// What the function of a `#[gauge]` returns.
#[inline]
pub fn gauge(metric: &'static OwnGauge, index: LabelIndex) -> Gauge {
    Gauge(cell(metric.metric(), index))
}

/// What the function of a `#[histogram]` returns.
#[inline]
pub fn histogram(metric: &'static OwnHistogram, index: LabelIndex) -> Histogram {
    Histogram(cell(metric.metric(), index))
}

/// The keys of a metric, which has so many samples for each set of their values. Fails to
/// compile where those are more than a limit.
#[must_use]
#[track_caller]
pub const fn metric_keys<const N: usize>(each: usize, limit: usize, keys: [LabelKey; N]) -> [LabelKey; N] {
    labels::check_samples(labels::sets(&keys), each, limit, ("`sample_limit = ", "` in `#[metrics(..)]`"));
    keys
}
