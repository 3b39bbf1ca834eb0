//! HTTP requests: those that a server answers.
//!
//! [`ObsLayer`] is a `tower` layer for servers, of axum, tonic or hyper. Each request is a span
//! of the trace that its headers name, or of a new one; it is counted, and has an id.
//!
//! ```
//! use arc_obs::http::ObsLayer;
//! use axum::Router;
//! use axum::extract::MatchedPath;
//! use axum::routing::get;
//!
//! # fn app() -> Router {
//! let layer = ObsLayer::new().route(|request| request.extensions.get::<MatchedPath>().map(MatchedPath::as_str));
//! Router::new().route("/users/{id}", get(|| async { "hello" })).layer(layer)
//! # }
//! ```

mod body;
mod future;
mod layer;
mod request_id;

pub use body::ObsBody;
pub use future::ObsFuture;
pub use layer::{ObsLayer, ObsService};
pub use request_id::RequestId;
