//! What an expansion calls: one call site, one wrapper, one end.

mod answer;
mod block;
mod by_type;
mod callsite;
mod cost;
mod future;
mod guard;
mod lookup;
mod named;
mod outcome;
mod usage;

pub use answer::{Answered, HttpStatus, IntoHttpStatus, answer_levels, answered, answered_by};
pub use block::{AgentBlock, Block, LlmBlock, agent, llm, operation, tool, workflow};
pub use by_type::{SaysStatus, SaysUsage};
pub use callsite::Callsite;
pub(crate) use callsite::{all_callsites, prepare_all};
pub use cost::{IntoCost, begin_with_cost, charged, cost_by, cost_of, cost_said};
pub use future::{Tracked, run_future, track_future};
pub use guard::{Observed, Operation, run_sync, track_sync};
pub use lookup::{LookedUp, Lookup, looked_up_by, lookup_levels};
pub use named::{ModelSource, by_model, by_name, named};
pub(crate) use outcome::add_timeout_error;
pub use outcome::{Outcome, Probe, levels};
pub use usage::{
    IntoUsage, LlmOutcome, Peeled, RecordUsage, Tagged, kinds, peel_levels, record_usage, usage_of, usage_recorded,
    usage_skipped,
};
