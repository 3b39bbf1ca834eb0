//! Metrics as they leave over OTLP: every family of the registry, and those of the GenAI
//! conventions.
//!
//! `encode` makes messages of what there is since the start of the process, `temporality` of what
//! came since the last export, where a collector wants that, and `worker` sends one every so often.

mod encode;
mod temporality;
mod worker;

pub(crate) use temporality::Temporality;
pub(crate) use worker::{MetricsExport, MetricsSender, SendError, Sending, run};
