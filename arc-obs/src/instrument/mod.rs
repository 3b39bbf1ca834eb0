//! What an expansion calls: one call site, one wrapper, one end.

mod callsite;
mod chunks;
mod cost;
mod future;
mod guard;
mod lookup;
mod observed;
mod outcome;
mod stream;
mod usage;

pub use callsite::Callsite;
pub(crate) use callsite::prepare_all;
pub use chunks::{Counting, Received, chunk_skipped, chunk_usage_of};
pub use cost::{SaidCost, begin_with_cost, charged, cost_by, cost_of, cost_said};
pub use future::{Tracked, run_future, track_future};
pub use guard::{Observed, Operation, run_sync, track_sync};
pub use lookup::{LookedUp, Lookup, looked_up_by, lookup_levels};
pub use observed::{ObservedStream, StreamItem, observe_stream, observed_future, observed_sync};
pub(crate) use outcome::add_timeout_error;
pub use outcome::{Outcome, Probe, levels};
pub use stream::{Returned, Streaming, kept_levels, open_levels, operation, stream_future, stream_sync, streaming};
pub use usage::{
    LlmOutcome, Peeled, RecordUsage, Tagged, kinds, peel_levels, record_usage, usage_of, usage_recorded, usage_skipped,
};
