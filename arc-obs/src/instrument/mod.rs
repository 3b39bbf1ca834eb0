//! What an expansion calls: one call site, one wrapper, one end.

mod alias;
mod answer;
mod block;
mod by_type;
mod callsite;
mod chunks;
mod content;
mod cost;
#[cfg(feature = "traces")]
mod failure;
mod field_value;
mod fields;
mod future;
mod guard;
mod in_place;
mod labels;
mod lookup;
mod named;
mod observed;
mod outcome;
mod retry;
#[cfg(feature = "tower")]
mod served;
mod stream;
mod usage;

pub use alias::{BoxedFuture, Made, TrackBoxed, made_by, made_levels};
pub use answer::{Answered, HttpStatus, IntoHttpStatus, answer_levels, answered, answered_by};
pub use block::{AgentBlock, Block, LlmBlock, agent, llm, operation, tool, workflow};
pub use by_type::{SaysStatus, SaysUsage};
pub use callsite::Callsite;
pub(crate) use callsite::{all, prepare_all};
pub use chunks::{Counting, Received, chunk_skipped, chunk_usage_of};
#[cfg(feature = "traces")]
pub(crate) use content::set_mode as set_content_mode;
pub use content::{Content, Prompt, Words, content_levels};
pub use cost::{IntoCost, SaidCost, begin_with_cost, begun_with_cost, charged, cost_by, cost_of, cost_said};
pub use field_value::{Told, debug, debug_of, display, display_of, value, value_of};
pub use fields::{
    Ended, Field, Saying, content_before, content_in_body, content_of_result, error_of, field_to_set, fields_before,
    fields_of_result, result_levels,
};
pub use future::{Tracked, run_future, run_made_future, track_future, track_made};
pub use guard::{Observed, Operation, run_sync, track_sync};
pub use in_place::{InPlace, in_place};
pub use labels::{label, label_keys, label_keys_by_name, with_labels};
pub use lookup::{LookedUp, Lookup, looked_up_by, lookup_levels};
pub use named::{ModelSource, by_model, by_name, named};
pub use observed::{ObservedStream, StreamItem, observe_stream, observed_future, observed_sync};
pub(crate) use outcome::add_timeout_error;
pub use outcome::{Outcome, Probe, levels};
pub use retry::record_retry;
#[cfg(feature = "tower")]
pub(crate) use served::Served;
pub use stream::{
    Returned, Streaming, kept_levels, open_levels, stream_future, stream_operation, stream_sync, streaming,
};
pub use usage::{
    IntoUsage, LlmOutcome, Peeled, RecordUsage, Tagged, kinds, peel_levels, record_usage, usage_of, usage_recorded,
    usage_skipped,
};
