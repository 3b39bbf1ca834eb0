//! HTTP requests: those that a server answers, and those that a client makes.
//!
//! `ObsLayer` (feature `tower`) is a layer for servers, of axum, tonic or hyper. Each request is a
//! span of the trace that its headers name, or of a new one; it is counted, and has an id. With
//! the feature `reqwest`, `TraceMiddleware` and `send` make a span of each request that is made,
//! and name it in the request's headers: one trace then goes through both services.

#[cfg(feature = "tower")]
mod body;
#[cfg(feature = "reqwest")]
mod client;
#[cfg(feature = "tower")]
mod future;
#[cfg(feature = "tower")]
mod grpc;
#[cfg(feature = "tower")]
mod layer;
#[cfg(feature = "tower")]
mod request_id;
#[cfg(feature = "tower")]
mod running;

#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use body::ObsBody;
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use client::{TraceMiddleware, send};
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use future::ObsFuture;
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use layer::{ObsLayer, ObsService};
#[cfg(feature = "tower")]
#[cfg_attr(docsrs, doc(cfg(feature = "tower")))]
pub use request_id::RequestId;
