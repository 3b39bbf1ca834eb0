//! Starting and stopping: the builder, the guard, and the thread that does I/O.

mod builder;
#[cfg(feature = "server")]
mod io;
mod notice;
mod observability;
mod prices;
#[cfg(feature = "server")]
mod serve;

pub use builder::{Builder, builder, init};
pub use observability::Observability;
