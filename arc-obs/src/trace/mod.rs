//! Spans: the only room that knows the span back end (`tracing`), and what makes traces of them.

#[cfg(feature = "traces")]
mod active;
mod carried;
#[cfg(feature = "reqwest")]
mod client;
#[cfg(feature = "traces")]
pub(crate) mod ended;
#[cfg(feature = "traces")]
pub(crate) mod engine;
#[cfg(feature = "traces")]
pub(crate) mod foreign;
#[cfg(feature = "traces")]
mod layer;
#[cfg(feature = "traces")]
mod nested;
#[cfg(feature = "traces")]
pub(crate) mod queue;
#[cfg(feature = "traces")]
mod recording;
#[cfg(feature = "traces")]
pub(crate) mod sampler;
mod spans;
#[cfg(feature = "traces")]
mod tail;
mod telling;

#[cfg(feature = "traces")]
pub(crate) use active::quiet;
pub(crate) use carried::{CarriedSpan, EnteredSpan};
#[cfg(feature = "reqwest")]
pub(crate) use client::ClientSpan;
#[cfg(feature = "traces")]
pub(crate) use layer::{Alone, attach, current_context, own_subscriber};
#[cfg(feature = "traces")]
pub use layer::{TraceLayer, layer};
#[cfg(feature = "traces")]
pub(crate) use nested::told_by_hand;
#[cfg(feature = "traces")]
pub use sampler::Sampling;
#[cfg(feature = "traces")]
pub(crate) use spans::ContentSink;
pub(crate) use spans::{FieldSink, OpenSpan, SpanSite};
#[cfg(feature = "otlp")]
pub(crate) use telling::told_class;
pub(crate) use telling::{Telling, is_recorded_here};
#[cfg(feature = "traces")]
pub(crate) use telling::{add_try, tell_failure};
