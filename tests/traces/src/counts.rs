//! What the process says of its own exports.

use arc_obs::prometheus::proto::Metric;

/// What the counters of this family that have this label add up to, in this process.
///
/// # Panics
///
/// If that is no whole number.
#[must_use]
pub fn counted(family: &str, label: &str, value: &str) -> u64 {
    let is_it = |metric: &&Metric| metric.get_label().iter().any(|pair| (pair.name(), pair.value()) == (label, value));
    let page = arc_obs::registry().gather();
    let families = page.iter().filter(|found| found.name() == family);
    let metrics = families.flat_map(|family| family.get_metric().iter().filter(is_it));
    let sum = metrics.map(|metric| metric.get_counter().get_value()).fold(0.0, |sum, value| sum + value);
    format!("{sum}").parse().expect("a whole number")
}

/// How many spans were lost for this reason, before any exporter and by each, in this process.
///
/// # Panics
///
/// If that is no whole number.
#[must_use]
pub fn dropped(reason: &str) -> u64 {
    let is_it = |metric: &&Metric| metric.get_label().iter().any(|label| label.value() == reason);
    let page = arc_obs::registry().gather();
    let families = page.iter().filter(|family| family.name() == "arc_obs_export_dropped_total");
    let metrics = families.flat_map(|family| family.get_metric().iter().filter(is_it));
    let sum = metrics.map(|metric| metric.get_counter().get_value()).fold(0.0, |sum, value| sum + value);
    format!("{sum}").parse().expect("a whole number")
}
