//! What an expansion calls: one call site, one wrapper, one end.

mod alias;
mod callsite;
mod cost;
mod future;
mod guard;
mod in_place;
mod lookup;
mod outcome;
mod usage;

pub use alias::{BoxedFuture, Made, TrackBoxed, made_by, made_levels};
pub use callsite::Callsite;
pub(crate) use callsite::prepare_all;
pub use cost::{begin_with_cost, charged, cost_by, cost_of, cost_said};
pub use future::{Tracked, run_future, track_future, track_made};
pub use guard::{Observed, Operation, run_sync, track_sync};
pub use in_place::{InPlace, in_place};
pub use lookup::{LookedUp, Lookup, looked_up_by, lookup_levels};
pub(crate) use outcome::add_timeout_error;
pub use outcome::{Outcome, Probe, levels};
pub use usage::{
    LlmOutcome, Peeled, RecordUsage, Tagged, kinds, peel_levels, record_usage, usage_of, usage_recorded, usage_skipped,
};
