//! The HTTP server of `init`, and the handler for a server of the user's own.

mod answer;
mod connections;
mod handler;
mod listener;
mod token;

pub use handler::{MetricsBody, MetricsHandler, metrics_handler};
pub(crate) use listener::{Address, LocalAddr, run};
pub(crate) use token::BearerToken;
