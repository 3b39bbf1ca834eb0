//! Metrics as they leave over OTLP: every family of the registry, and those of the GenAI
//! conventions.
//!
//! `encode` makes messages of what there is since the start of the process, `temporality` of what
//! came since the last export, where a collector wants that; `worker` sends one every so often, by
//! `otlp`.

mod encode;
mod otlp;
mod temporality;
mod worker;

pub(crate) use otlp::OtlpMetrics;
pub(crate) use worker::{MetricsExport, run, told_before};
