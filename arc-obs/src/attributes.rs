//! The attributes, re-exported with their documentation: examples in it are
//! compiled here, where the expansion's paths lead somewhere.

pub use arc_obs_macros::LabelValue;
#[doc = include_str!("docs/labels.md")]
pub use arc_obs_macros::labels;
#[doc = include_str!("docs/metrics.md")]
pub use arc_obs_macros::metrics;
#[doc = include_str!("docs/skip.md")]
pub use arc_obs_macros::skip;
#[doc = include_str!("docs/traced.md")]
pub use arc_obs_macros::traced;
#[doc = include_str!("docs/track_agent.md")]
pub use arc_obs_macros::track_agent;
#[doc = include_str!("docs/track_cache.md")]
pub use arc_obs_macros::track_cache;
#[doc = include_str!("docs/track_llm.md")]
pub use arc_obs_macros::track_llm;
#[doc = include_str!("docs/track_tool.md")]
pub use arc_obs_macros::track_tool;
#[doc = include_str!("docs/track_workflow.md")]
pub use arc_obs_macros::track_workflow;
