#![doc = include_str!("../docs/settings.md")]
// The only room that reads the environment (invariant 8), and only when `setup`
// asks. It says what is set and what of it makes no sense; who wins against a call
// of the builder, and what is done with it, `setup` decides.

#[cfg(any(feature = "datadog", feature = "newrelic", feature = "sentry"))]
mod apm;
#[cfg(feature = "traces")]
mod content;
#[cfg(feature = "otlp")]
mod metrics;
mod misspelt;
#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "traces")]
mod propagators;
mod read;
pub(crate) mod resource;
mod table;
#[cfg(test)]
mod tests;
#[cfg(feature = "traces")]
mod traces;

#[cfg(any(feature = "datadog", feature = "newrelic", feature = "sentry"))]
pub(crate) use apm::Apm;
#[cfg(feature = "datadog")]
pub(crate) use apm::Unified;
#[cfg(feature = "traces")]
pub use content::ContentCapture;
#[cfg(feature = "otlp")]
pub(crate) use metrics::{MetricSettings, Temporality};
#[cfg(feature = "otlp")]
pub(crate) use otlp::{OtlpSettings, Protocol, Said};
#[cfg(feature = "traces")]
pub use propagators::Propagator;
#[cfg(feature = "traces")]
pub(crate) use read::Limits;
#[cfg(any(feature = "server", feature = "otlp"))]
pub(crate) use read::Secret;
pub(crate) use read::Settings;
pub use read::Terminal;
#[cfg(feature = "server")]
pub(crate) use read::{Listen, PRESET_ADDRESS, TokenSource};
pub(crate) use resource::Resource;
#[cfg(feature = "otlp")]
pub(crate) use traces::ExporterName;
#[cfg(feature = "traces")]
pub(crate) use traces::TraceSettings;

/// Whether anything is recorded: the feature `enabled`. A constant, so that without it the compiler
/// drops what records, and there is one text of it.
pub(crate) const ENABLED: bool = cfg!(feature = "enabled");

/// The variable that names a file of prices, for a message about what stands in it.
pub(crate) const PRICES_FILE: &str = table::PRICES_FILE.name;
