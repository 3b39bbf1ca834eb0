//! The metrics of this process, by name and labels.

use arc_obs::prometheus::proto::{Metric, MetricFamily};

/// The value of a counter or gauge, or the count of a histogram, with exactly
/// these labels; `None` if there is no such series.
#[must_use]
pub fn value(name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let family = family(name)?;
    let metric = family.get_metric().iter().find(|metric| has_labels(metric, labels))?;
    Some(number(&family, metric))
}

/// The sum over all series of a family that have these labels among theirs.
#[must_use]
pub fn sum(name: &str, labels: &[(&str, &str)]) -> f64 {
    let Some(family) = family(name) else { return 0.0 };
    let among = |metric: &&Metric| {
        labels
            .iter()
            .all(|(key, value)| metric.get_label().iter().any(|pair| pair.name() == *key && pair.value() == *value))
    };
    family.get_metric().iter().filter(among).map(|metric| number(&family, metric)).sum()
}

/// How many series a family has.
#[must_use]
pub fn series(name: &str) -> usize {
    family(name).map_or(0, |family| family.get_metric().len())
}

/// A family of the registry.
#[must_use]
pub fn family(name: &str) -> Option<MetricFamily> {
    arc_obs::registry().gather().into_iter().find(|family| family.name() == name)
}

/// How often an agent ended with a status; 0 if never.
#[must_use]
pub fn agent(name: &str, status: &str) -> f64 {
    value("arc_agent_executions_total", &[("agent_name", name), ("status", status)]).unwrap_or(0.0)
}

/// How often an operation ended with a status; 0 if never.
#[must_use]
pub fn operation(name: &str, status: &str) -> f64 {
    value("arc_operations_total", &[("operation", name), ("status", status)]).unwrap_or(0.0)
}

/// How often calls to a model ended with a status; 0 if never.
#[must_use]
pub fn llm(model: &str, status: &str) -> f64 {
    value("arc_llm_calls_total", &[("model", model), ("status", status)]).unwrap_or(0.0)
}

/// Tokens of a model by type (`prompt`, `completion`).
#[must_use]
pub fn tokens(model: &str, kind: &str) -> f64 {
    value("arc_llm_tokens_total", &[("model", model), ("type", kind)]).unwrap_or(0.0)
}

/// A label that is empty is none.
fn has_labels(metric: &Metric, labels: &[(&str, &str)]) -> bool {
    let pairs = || metric.get_label().iter().filter(|pair| !pair.value().is_empty());
    pairs().count() == labels.len()
        && labels.iter().all(|(key, value)| pairs().any(|pair| pair.name() == *key && pair.value() == *value))
}

#[expect(clippy::cast_precision_loss, reason = "test counts are small")]
fn number(family: &MetricFamily, metric: &Metric) -> f64 {
    use arc_obs::prometheus::proto::MetricType;
    match family.get_field_type() {
        MetricType::COUNTER => metric.get_counter().get_value(),
        MetricType::HISTOGRAM => metric.get_histogram().get_sample_count() as f64,
        _ => metric.get_gauge().get_value(),
    }
}
