//! The variables of traces, whatever they are exported by.

use std::ffi::OsString;
use std::time::Duration;

use super::read::Reader;
use super::table;
use crate::semconv::Conventions;

/// What the environment says of traces.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TraceSettings {
    pub(crate) exporter: Option<ExporterName>,
    /// The name of a sampler and its argument, of which both make sense.
    pub(crate) sampler: Option<(String, Option<String>)>,
    /// The names under which spans leave.
    pub(crate) conventions: Option<Conventions>,
    /// How long a span waits at most for others.
    pub(crate) delay: Option<Duration>,
    /// How long an exporter may take for a batch.
    pub(crate) timeout: Option<Duration>,
    /// How many spans wait at most.
    pub(crate) queue: Option<usize>,
    /// How many spans a batch has at most.
    pub(crate) batch: Option<usize>,
}

/// What a signal is exported by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExporterName {
    Otlp,
    None,
}

impl<F: Fn(&str) -> Option<OsString>> Reader<F> {
    pub(super) fn traces(&mut self) -> TraceSettings {
        let name = self.read(table::TRACES_SAMPLER, sampler);
        // Read in any case: a value that makes no sense is told even where nothing asks for it.
        let argument = self.read(table::TRACES_SAMPLER_ARG, ratio);
        TraceSettings {
            exporter: self.read(table::TRACES_EXPORTER, exporter),
            sampler: name.map(|name| {
                let argument = argument.filter(|_| name.ends_with("traceidratio"));
                (name, argument)
            }),
            conventions: self.read(table::SEMCONV_OPT_IN, |list| Some(Conventions::parse(list))).flatten(),
            delay: self.read(table::BSP_SCHEDULE_DELAY, milliseconds),
            timeout: self.read(table::BSP_EXPORT_TIMEOUT, milliseconds),
            queue: self.read(table::BSP_MAX_QUEUE_SIZE, count),
            batch: self.read(table::BSP_MAX_EXPORT_BATCH_SIZE, count),
        }
    }
}

fn exporter(value: &str) -> Option<ExporterName> {
    match value {
        _ if value.eq_ignore_ascii_case("otlp") => Some(ExporterName::Otlp),
        _ if value.eq_ignore_ascii_case("none") => Some(ExporterName::None),
        _ => None,
    }
}

fn sampler(value: &str) -> Option<String> {
    let name = value.to_ascii_lowercase();
    let root = name.strip_prefix("parentbased_").unwrap_or(&name);
    ["always_on", "always_off", "traceidratio"].contains(&root).then_some(name)
}

fn ratio(value: &str) -> Option<String> {
    let ratio: f64 = value.parse().ok()?;
    (0.0..=1.0).contains(&ratio).then(|| value.to_owned())
}

/// A day is as good as for ever, and fits into every clock.
pub(super) fn milliseconds(value: &str) -> Option<Duration> {
    const LONGEST: u64 = 86_400_000;
    let milliseconds: u64 = value.parse().ok()?;
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds.min(LONGEST)))
}

/// More than a million spans are no queue that anybody meant.
fn count(value: &str) -> Option<usize> {
    value.parse().ok().filter(|count| (1..=1_000_000).contains(count))
}
