//! The HTTP server of `init`, and the handler for a server of the user's own.

mod handler;
mod listener;

pub use handler::{MetricsBody, MetricsHandler, metrics_handler};
pub(crate) use listener::{Address, LocalAddr, run};
