//! The only door for expansions. Not public API: it changes in any release, which
//! is why `arc-obs-macros` is pinned to one version of this crate.

pub use crate::instrument::{
    Callsite, Probe, Tagged, kinds, levels, peel_levels, track_future, track_sync, usage_of, usage_recorded,
    usage_skipped,
};
// For some shapes of functions.
pub use crate::instrument::{BoxedFuture, InPlace, Made, TrackBoxed, in_place, made_by, made_levels, track_made};
// `cost = …`
pub use crate::instrument::{LlmOutcome, Observed, Operation, Outcome, Peeled, Tracked};
pub use crate::instrument::{begin_with_cost, charged, cost_by, cost_of, cost_said, run_future, run_sync};
// `#[track_cache]`
pub use crate::instrument::{LookedUp, Lookup, looked_up_by, lookup_levels};
pub use crate::operation::{Extras, StatedPrice};
// What an attribute on a block puts on the functions in it.
pub use arc_obs_macros::{traced, track_agent, track_cache, track_llm, track_tool, track_workflow};
pub use core::convert::Infallible;
pub use core::option::Option::{None, Some};
pub use core::{concat, file, line, module_path};
pub use inventory;
pub use std::boxed::Box;
