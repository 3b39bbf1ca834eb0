//! How a hot-path number is stored: the only room that knows (invariant 4).
//!
//! Shared relaxed atomics, all of ours integers: counts, tokens, nano-dollars and
//! nanoseconds. (What gauges and histograms of the user's own hold may be fractions.) A histogram keeps two sets of buckets: those that the catalogue
//! exports, and a finer log-linear sketch from which quantiles are read with at
//! most 6 % error, since the exported buckets are too wide for that. Nothing here
//! knows a name, a label or Prometheus.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(crate) fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    /// Adds what may be so much that it does not fit: the number then stays at the
    /// largest, for one that wrapped would be taken for a small one. Hands back whether
    /// it is there.
    #[inline]
    pub(crate) fn add_saturating(&self, n: u64) -> bool {
        let added = |old: u64| Some(old.saturating_add(n));
        let old = self.0.fetch_update(Relaxed, Relaxed, added).unwrap_or_else(|old| old);
        old.saturating_add(n) == u64::MAX
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// A number that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct Gauge(AtomicI64);

impl Gauge {
    #[inline]
    pub(crate) fn add(&self, n: i64) {
        self.0.fetch_add(n, Relaxed);
    }

    pub(crate) fn set(&self, n: i64) {
        self.0.store(n, Relaxed);
    }

    pub(crate) fn get(&self) -> i64 {
        self.0.load(Relaxed)
    }
}

/// Durations in nanoseconds, by the catalogue's buckets and by the sketch.
#[derive(Debug)]
pub(crate) struct Histogram {
    bounds_nanos: &'static [u64],
    /// One bucket per bound and one above the last.
    buckets: Box<[AtomicU64]>,
    /// Wraps after 584 years of summed duration, which a Prometheus server takes
    /// for the counter reset that it is.
    sum_nanos: AtomicU64,
    sketch: Box<[AtomicU64; SKETCH_BUCKETS]>,
}

impl Histogram {
    /// A histogram with these upper bounds, ascending, in nanoseconds.
    pub(crate) fn new(bounds_nanos: &'static [u64]) -> Self {
        let zeros = |n| (0..n).map(|_| AtomicU64::new(0)).collect();
        Self {
            bounds_nanos,
            buckets: zeros(bounds_nanos.len() + 1),
            sum_nanos: AtomicU64::new(0),
            sketch: Box::new([const { AtomicU64::new(0) }; SKETCH_BUCKETS]),
        }
    }

    #[inline]
    pub(crate) fn observe(&self, nanos: u64) {
        // Linear: most operations end in a low bucket, and there are 13 at most.
        let bucket = self.bounds_nanos.iter().position(|bound| nanos <= *bound).unwrap_or(self.bounds_nanos.len());
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Relaxed);
        }
        if let Some(bucket) = self.sketch.get(sketch_bucket(nanos)) {
            bucket.fetch_add(1, Relaxed);
        }
        self.sum_nanos.fetch_add(nanos, Relaxed);
    }

    /// A copy of the numbers. The count is the sum of the buckets, so that the two
    /// always agree; the sum may be ahead of them by what is recorded meanwhile.
    pub(crate) fn snapshot(&self) -> HistogramSnapshot {
        let copy = |cells: &[AtomicU64]| cells.iter().map(|cell| cell.load(Relaxed)).collect();
        HistogramSnapshot {
            buckets: copy(&self.buckets),
            sum_nanos: self.sum_nanos.load(Relaxed),
            sketch: copy(&*self.sketch),
        }
    }
}

/// The numbers of a histogram at one moment.
#[derive(Clone, Debug)]
pub(crate) struct HistogramSnapshot {
    /// Not cumulative; one more than there are bounds.
    pub(crate) buckets: Vec<u64>,
    pub(crate) sum_nanos: u64,
    sketch: Vec<u64>,
}

impl HistogramSnapshot {
    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// Both together, of two histograms with the same buckets.
    pub(crate) fn plus(mut self, other: Self) -> Self {
        let add = |ours: &mut [u64], theirs: &[u64]| ours.iter_mut().zip(theirs).for_each(|(our, their)| *our += their);
        add(&mut self.buckets, &other.buckets);
        add(&mut self.sketch, &other.sketch);
        self.sum_nanos = self.sum_nanos.wrapping_add(other.sum_nanos);
        self
    }

    /// The duration below which a share `q` (0 to 1) of the observations lies, in
    /// nanoseconds; `None` without observations.
    pub(crate) fn quantile(&self, q: f64) -> Option<u64> {
        let total: u64 = self.sketch.iter().sum();
        if total == 0 {
            return None;
        }
        // Counts stay far below 2^53.
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let rank = ((q.clamp(0.0, 1.0) * total as f64).ceil() as u64).max(1);
        let mut below = 0;
        for (index, &count) in self.sketch.iter().enumerate() {
            if count == total {
                // All of them in one bucket, and so is their mean: exact for a single one.
                return Some(self.sum_nanos / total);
            }
            if below + count >= rank {
                let (low, high) = sketch_range(index);
                // The middle of this observation's share of the bucket.
                let position = 2 * (rank - below) - 1;
                let within = u128::from(high - low) * u128::from(position) / u128::from(2 * count);
                return Some(low + u64::try_from(within).unwrap_or(high - low));
            }
            below += count;
        }
        None
    }
}

/// Whole numbers by buckets alone, for what is exported and never asked for a quantile.
#[cfg(feature = "otlp")]
#[derive(Debug)]
pub(crate) struct Buckets {
    bounds: &'static [u64],
    /// One bucket per bound and one above the last.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

#[cfg(feature = "otlp")]
impl Buckets {
    /// Buckets with these upper bounds, ascending.
    pub(crate) fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(), sum: AtomicU64::new(0) }
    }

    pub(crate) fn observe(&self, number: u64) {
        let place = self.bounds.partition_point(|bound| *bound < number);
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Relaxed);
        }
        self.sum.fetch_add(number, Relaxed);
    }

    /// The counts of the buckets, not cumulative, and the sum.
    pub(crate) fn snapshot(&self) -> (Vec<u64>, u64) {
        (self.counts.iter().map(|count| count.load(Relaxed)).collect(), self.sum.load(Relaxed))
    }
}

/// A float that is added to by many threads.
#[derive(Debug, Default)]
struct Float(AtomicU64);

impl Float {
    #[inline]
    fn add(&self, n: f64) {
        // At the largest it stays: from what is not finite there is no way back.
        let added = |old| Some((f64::from_bits(old) + n).clamp(f64::MIN, f64::MAX).to_bits());
        // Never an error: `added` always says one.
        let _ = self.0.fetch_update(Relaxed, Relaxed, added);
    }

    fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }
}

/// A number of the user's own that goes up and down.
#[derive(Debug, Default)]
pub(crate) struct FloatGauge(Float);

impl FloatGauge {
    #[inline]
    pub(crate) fn add(&self, n: f64) {
        self.0.add(n);
    }

    #[inline]
    pub(crate) fn set(&self, n: f64) {
        self.0.0.store(n.to_bits(), Relaxed);
    }

    pub(crate) fn get(&self) -> f64 {
        self.0.get()
    }
}

/// Numbers of the user's own, by buckets.
#[derive(Debug)]
pub(crate) struct FloatHistogram {
    bounds: &'static [f64],
    /// One bucket per bound and one above the last.
    buckets: Box<[AtomicU64]>,
    sum: Float,
}

impl FloatHistogram {
    /// A histogram with these upper bounds, ascending.
    pub(crate) fn new(bounds: &'static [f64]) -> Self {
        let buckets = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, buckets, sum: Float::default() }
    }

    /// Adds a finite number.
    #[inline]
    pub(crate) fn observe(&self, number: f64) {
        let bucket = self.bounds.iter().position(|bound| number <= *bound).unwrap_or(self.bounds.len());
        if let Some(bucket) = self.buckets.get(bucket) {
            bucket.fetch_add(1, Relaxed);
        }
        self.sum.add(number);
    }

    /// The counts of the buckets, not cumulative, and the sum.
    pub(crate) fn snapshot(&self) -> (Vec<u64>, f64) {
        (self.buckets.iter().map(|bucket| bucket.load(Relaxed)).collect(), self.sum.get())
    }
}

/// Sub-buckets per doubling; 8 of them bound the error by 1/16 of the value.
const SUB_BITS: u32 = 3;
/// Everything below 2^10 ns (1 µs) shares the first bucket.
const LOW_BITS: u32 = 10;
/// Everything from 2^42 ns (73 min) on shares the last.
const HIGH_BITS: u32 = 42;
const SKETCH_BUCKETS: usize = 1 + (((HIGH_BITS - LOW_BITS) as usize) << SUB_BITS);

#[inline]
fn sketch_bucket(nanos: u64) -> usize {
    if nanos < 1 << LOW_BITS {
        return 0;
    }
    let octave = nanos.ilog2();
    let sub = (nanos >> (octave - SUB_BITS)) & ((1 << SUB_BITS) - 1);
    let index = 1 + (u64::from(octave - LOW_BITS) << SUB_BITS) + sub;
    usize::try_from(index).unwrap_or(usize::MAX).min(SKETCH_BUCKETS - 1)
}

/// The range `[low, high)` of a sketch bucket.
fn sketch_range(index: usize) -> (u64, u64) {
    let Some(index) = index.checked_sub(1) else { return (0, 1 << LOW_BITS) };
    let (octave, sub) = (LOW_BITS as usize + (index >> SUB_BITS), (index & ((1 << SUB_BITS) - 1)) as u64);
    let width = 1_u64 << (octave - SUB_BITS as usize);
    let low = (1_u64 << octave) + sub * width;
    (low, low + width)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_the_range_of_its_sketch_bucket() {
        let mut value = 1_u64;
        while value < 1 << HIGH_BITS {
            for near in [value - 1, value, value + 1] {
                let (low, high) = sketch_range(sketch_bucket(near));
                assert!(low <= near && near < high, "{near} in {low}..{high}");
            }
            value += (value / 7).max(1);
        }
        assert_eq!(sketch_bucket(u64::MAX), SKETCH_BUCKETS - 1);
    }

    #[test]
    fn floats_are_added_by_many_threads() {
        let (gauge, histogram) = (FloatGauge::default(), FloatHistogram::new(&[0.5, 2.0]));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..1_000 {
                        gauge.add(0.5);
                        histogram.observe(0.5);
                    }
                });
            }
        });
        assert_eq!(gauge.get(), 2_000.0);
        histogram.observe(2.5);
        assert_eq!(histogram.snapshot(), (vec![4_000, 0, 1], 2_002.5));
    }

    #[test]
    fn a_value_on_a_bound_belongs_to_that_bucket() {
        let histogram = Histogram::new(&[10, 20]);
        for nanos in [0, 10, 11, 20, 21, u64::MAX] {
            histogram.observe(nanos);
        }
        assert_eq!(histogram.snapshot().buckets, [2, 2, 2]);
        assert_eq!(histogram.snapshot().count(), 6);
    }

    #[test]
    fn quantiles_are_within_seven_percent() {
        let histogram = Histogram::new(&[]);
        for millis in 1..=1_000_u64 {
            histogram.observe(millis * 1_000_000);
        }
        let snapshot = histogram.snapshot();
        for (q, expected) in [(0.5, 500_000_000_u64), (0.95, 950_000_000), (0.99, 990_000_000)] {
            let found = snapshot.quantile(q).unwrap();
            assert!(found.abs_diff(expected) * 100 / expected < 7, "{q}: {found}");
        }
        assert_eq!(Histogram::new(&[]).snapshot().quantile(0.5), None);
        let single = Histogram::new(&[]);
        single.observe(609_900_001);
        assert_eq!(single.snapshot().quantile(0.99), Some(609_900_001), "a single one is exact");
    }
}
