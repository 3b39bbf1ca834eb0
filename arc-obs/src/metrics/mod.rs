//! The metrics: names in `catalog`, storage in `cells`, one collector per family
//! in `family`, those of OpenTelemetry's conventions in `genai`, the user's own metrics in `own`, bounded label values in `labels`, the handles that an annotated
//! function keeps in `series`, and the Prometheus side in `registry`.

mod catalog;
mod cells;
mod family;
#[cfg(feature = "otlp")]
pub(crate) mod genai;
mod labels;
mod own;
mod process;
mod registry;
mod requests;
mod series;

pub(crate) use catalog::samples_per_label_set;
pub(crate) use cells::{Counter, FloatGauge, FloatHistogram, HistogramSnapshot};
pub(crate) use family::Cell;
pub(crate) use labels::MOST_RUN_TIME_NAMES;
pub(crate) use own::{Clash, Families, Holds, OwnMetric, clashes};
pub use own::{Declared, OwnCounter, OwnGauge, OwnHistogram};
pub use registry::registry;
pub(crate) use registry::{join, leave, registry_of, set_app_info};
pub(crate) use requests::RequestSeries;
#[cfg(any(feature = "reqwest", feature = "tower"))]
pub(crate) use requests::method_name;
pub(crate) use series::{
    AgentSeries, CacheSeries, ChunkSeries, LlmSeries, Metrics, OperationSeries, Outcomes, Spent, ToolSeries,
    WorkflowSeries, process as process_metrics,
};
