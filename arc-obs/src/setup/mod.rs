//! Starting and stopping: the builder, the guard, and the thread that does I/O.

mod builder;
#[cfg(feature = "traces")]
mod configured;
#[cfg(any(feature = "server", feature = "traces"))]
mod io;
#[cfg(feature = "traces")]
mod leaving;
#[cfg(feature = "otlp")]
mod metrics;
mod notice;
mod observability;
#[cfg(feature = "otlp")]
mod otlp;
mod prices;
#[cfg(feature = "server")]
mod serve;
#[cfg(feature = "traces")]
mod traces;

pub use builder::{Builder, builder, init};
pub use observability::Observability;
