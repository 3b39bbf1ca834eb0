//! The metrics: names in `catalog`, storage in `cells`, one collector per family
//! in `family`, bounded label values in `labels`, the handles that an annotated
//! function keeps in `series`, and the Prometheus side in `registry`.

mod catalog;
mod cells;
mod family;
mod labels;
mod process;
mod registry;
mod series;

pub(crate) use catalog::most_samples;
pub(crate) use labels::{CUT, OTHER, UNNAMED, bounded};
pub use registry::registry;
pub(crate) use registry::{join, leave, registry_of, set_app_info};
pub(crate) use series::{
    AgentSeries, CacheSeries, LlmSeries, Metrics, OperationSeries, Outcomes, RequestSeries, Spent, ToolSeries,
    WorkflowSeries, process as process_metrics,
};
