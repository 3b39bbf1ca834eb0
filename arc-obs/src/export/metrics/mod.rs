//! Metrics as they leave over OTLP: every family of the registry, and those of the GenAI
//! conventions.
//!
//! `encode` makes messages of what there is since the start of the process, `temporality` what
//! came since the last export, where a collector wants that.

mod encode;
mod temporality;
