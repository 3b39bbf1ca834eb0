//! What an expansion calls: one call site, one wrapper, one end.

mod callsite;
mod future;
mod guard;
mod outcome;
mod usage;

pub use callsite::Callsite;
pub(crate) use callsite::prepare_all;
pub use future::{Tracked, track_future};
pub use guard::{Observed, Operation, track_sync};
pub(crate) use outcome::add_timeout_error;
pub use outcome::{Outcome, Probe, levels};
pub use usage::{
    LlmOutcome, Peeled, RecordUsage, Tagged, kinds, peel_levels, record_usage, usage_of, usage_recorded, usage_skipped,
};
