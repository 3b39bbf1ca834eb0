//! OTLP: the messages, and how they are delivered, over HTTP/protobuf or gRPC.
//!
//! The messages are those of `opentelemetry-proto`; sending is ours, since what is retried, what
//! is counted and what is told depends on the answer itself.

#[cfg(test)]
pub(super) mod answering;
mod config;
pub(crate) mod encode;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod refusal;
pub(crate) mod send;
mod signal;
mod traces;

pub use config::Otlp;
pub(crate) use config::{Credentials, Target};
pub(crate) use refusal::Refusal;
pub(crate) use signal::Signal;
pub(crate) use traces::OtlpSpans;
