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
// `fields(..)`, `on_success(..)`, `on_error(..)` and `set_field!`
pub use crate::instrument::{
    Ended, Field, Saying, Told, begun_with_cost, content_before, content_in_body, content_of_result, debug, debug_of,
    display, display_of, error_of, field_to_set, fields_before, fields_of_result, result_levels, run_made_future,
    value, value_of,
};
pub use crate::operation::DeclaredFields;
// `#[track_llm(.., capture)]`
pub use crate::instrument::{Content, Prompt, Words, content_levels};
// `#[track_cache]`
pub use crate::instrument::{LookedUp, Lookup, looked_up_by, lookup_levels};
// `name = expression`, `model = expression`
pub use crate::instrument::{by_model, by_name, named};
// `#[track_llm(.., stream)]`
pub use crate::instrument::{
    Counting, Received, Returned, SaidCost, Streaming, chunk_skipped, chunk_usage_of, kept_levels, observed_future,
    observed_sync, open_levels, stream_future, stream_operation, stream_sync, streaming,
};
pub use crate::operation::{Extras, StatedPrice};
// `labels(..)`, `labels!`
pub use crate::instrument::{label, label_keys, label_keys_by_name, with_labels};
pub use crate::labels::{
    DEFAULT_SAMPLE_LIMIT, IntoLabel, Label, LabelIndex, LabelKey, LabelType, LabelUse, checked_key, is_label_type, key,
};
pub use crate::operation::OperationKind;
// `#[track_request]`
pub use crate::instrument::{Answered, answer_levels, answered, answered_by};
// `#[metrics]`
pub use crate::metrics::{Declared, OwnCounter, OwnGauge, OwnHistogram};
pub use crate::own_metrics::{Counter, Gauge, Histogram, counter, gauge, histogram, metric_keys};
// What an attribute on a block puts on the functions in it.
pub use arc_obs_macros::{traced, track_agent, track_cache, track_llm, track_request, track_tool, track_workflow};
pub use core::convert::Infallible;
pub use core::option::Option::{None, Some};
pub use core::{compile_error, concat, file, line, module_path};
pub use inventory;
pub use std::boxed::Box;
