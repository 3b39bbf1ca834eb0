//! What is believed of the trace that a request says to be part of.

/// What is believed of the trace that a request says to be part of.
///
/// Whoever can send a request can write its headers. Between services of one's own the presets
/// are right; where anybody can send requests, each could have itself recorded, or write into the
/// traces of others.
///
/// ```
/// use std::collections::HashMap;
/// use arc_obs::propagation::{Incoming, extract};
///
/// let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
/// let headers = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
/// let context = extract(&headers).under(Incoming::Restart);
/// assert_eq!(context.trace_id(), None, "a trace begins here");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Incoming {
    /// The trace goes on, and is kept if it says so.
    #[default]
    Trust,
    /// The trace goes on, but it is for this process to say whether it is kept: that it is said
    /// to be sampled counts for nothing.
    Resample,
    /// A trace begins here, and its first span has a link to the one that was named. The baggage
    /// is left behind.
    Restart,
}
