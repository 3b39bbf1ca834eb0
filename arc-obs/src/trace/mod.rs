//! Spans: the only room that knows the span back end (`tracing`).

mod spans;

pub(crate) use spans::{OpenSpan, SpanSite};
