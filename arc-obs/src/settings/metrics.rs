//! The variables of metrics that are exported.

use std::ffi::OsString;
use std::time::Duration;

use super::read::Reader;
use super::table;
use super::traces::{ExporterName, milliseconds};

/// What the environment says of metrics that are exported.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct MetricSettings {
    pub(crate) exporter: Option<ExporterName>,
    /// How often they are exported.
    pub(crate) interval: Option<Duration>,
    /// How long one export may take.
    pub(crate) timeout: Option<Duration>,
    pub(crate) temporality: Option<Temporality>,
}

/// What a receiver of metrics is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Temporality {
    /// What there is since the start.
    #[default]
    Cumulative,
    /// Of counters and histograms what came since the last export.
    Delta,
}

impl<F: Fn(&str) -> Option<OsString>> Reader<F> {
    pub(super) fn metrics(&mut self) -> MetricSettings {
        MetricSettings {
            exporter: self.read(table::METRICS_EXPORTER, exporter),
            interval: self.read(table::METRIC_EXPORT_INTERVAL, milliseconds),
            timeout: self.read(table::METRIC_EXPORT_TIMEOUT, milliseconds),
            temporality: self.read(table::OTLP_METRICS_TEMPORALITY, temporality),
        }
    }
}

fn exporter(value: &str) -> Option<ExporterName> {
    let known = [
        ("otlp", ExporterName::Otlp),
        ("none", ExporterName::None),
        // What is scraped is there in any case.
        ("prometheus", ExporterName::None),
    ];
    known.into_iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|(_, exporter)| exporter)
}

/// `lowmemory` is delta for all that we have.
fn temporality(value: &str) -> Option<Temporality> {
    let known =
        [("cumulative", Temporality::Cumulative), ("delta", Temporality::Delta), ("lowmemory", Temporality::Delta)];
    known.into_iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|(_, temporality)| temporality)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn read(pairs: &[(&str, &str)]) -> (MetricSettings, Vec<String>) {
        let find = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value));
        let settings = Settings::read(find);
        (settings.metrics, settings.warnings)
    }

    #[test]
    fn what_the_environment_says_of_metrics() {
        let said = [
            ("OTEL_METRICS_EXPORTER", "OTLP"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "1500"),
            ("OTEL_METRIC_EXPORT_TIMEOUT", "250"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "LowMemory"),
        ];
        let expected = MetricSettings {
            exporter: Some(ExporterName::Otlp),
            interval: Some(Duration::from_millis(1_500)),
            timeout: Some(Duration::from_millis(250)),
            temporality: Some(Temporality::Delta),
        };
        assert_eq!(read(&said), (expected, vec![]));
        let scraped = read(&[("OTEL_METRICS_EXPORTER", "prometheus")]).0.exporter;
        assert_eq!(scraped, Some(ExporterName::None));
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let said = [
            ("OTEL_METRICS_EXPORTER", "console"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "0"),
            ("OTEL_METRIC_EXPORT_TIMEOUT", "10s"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "both"),
        ];
        let (settings, warnings) = read(&said);
        assert_eq!(settings, MetricSettings::default());
        for (name, _) in said {
            assert!(warnings.iter().any(|warning| warning.contains(name)), "{name}: {warnings:?}");
        }
    }
}
