//! What goes from one process to the next: of which trace a request is, and what it carries
//! along.
//!
//! [`inject`] writes what is current into the headers of a request, [`extract`] reads it on the
//! other side. A [`TraceContext`] is put in place around a future with [`TraceContext::wrap`],
//! or around a call with [`TraceContext::run`]: what begins inside is part of that trace.
//!
//! ```
//! use std::collections::HashMap;
//! use arc_obs::propagation::{TraceContext, extract, inject};
//!
//! // One service …
//! let mut headers = HashMap::new();
//! TraceContext::current().with_baggage("tenant", "acme").run(|| inject(&mut headers));
//!
//! // … and the next.
//! let context = extract(&headers);
//! # if cfg!(feature = "enabled") {
//! assert_eq!(context.baggage("tenant"), Some("acme"));
//! # }
//! context.run(|| { /* is part of the same trace */ });
//! ```
//!
//! Headers come from anybody. They are read by the specifications (W3C Trace Context, W3C
//! Baggage) to the letter: what is malformed or too much is left out, and counted in
//! `arc_obs_headers_refused_total{header}`. Nothing of them is shown anywhere.

mod b3;
mod baggage;
mod carrier;
mod context;
mod future;
mod incoming;
mod propagator;
#[cfg(test)]
mod tests;
mod trace_context;

pub use crate::settings::Propagator;
pub use carrier::{Extractor, Injector};
pub use context::{TraceContext, extract, inject};
pub use future::InContext;
pub use incoming::Incoming;
pub(crate) use propagator::set_propagators;
