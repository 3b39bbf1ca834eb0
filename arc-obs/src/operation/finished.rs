//! A finished operation as it is handed to those who watch: everything owned, so
//! that it can be kept.

use std::time::Duration;

use super::{FieldValue, FinishReason, SiteKind, Status, Usage, Usd};

/// What kind of work an operation was.
///
/// ```
/// assert_eq!(arc_obs::testing::OperationKind::Tool.as_str(), "tool");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// `#[track_agent]`
    Agent,
    /// `#[track_llm]`
    Llm,
    /// `#[track_tool]`
    Tool,
    /// `#[track_workflow]`
    Workflow,
    /// `#[track_cache]`
    Cache,
    /// `#[track_request]`
    Request,
    /// `#[traced]`
    Operation,
}

impl OperationKind {
    /// The word for it: `agent`, `llm`, `tool`, `workflow`, `cache`, `request` or `operation`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Llm => "llm",
            Self::Tool => "tool",
            Self::Workflow => "workflow",
            Self::Cache => "cache",
            Self::Request => "request",
            Self::Operation => "operation",
        }
    }

    /// Whether it is a step that a person follows: those nest, and have a line in the
    /// terminal each. The others can be any number.
    pub(crate) const fn is_step(self) -> bool {
        match self {
            Self::Agent | Self::Llm | Self::Tool | Self::Workflow | Self::Request => true,
            Self::Cache | Self::Operation => false,
        }
    }
}

/// One operation that has ended: what it was, how it ended, what it used.
///
/// [`testing::Capture::operations`](crate::testing::Capture::operations) hands them out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FinishedOperation {
    /// Agent, LLM call, tool, workflow, look-up in a cache, request or traced operation.
    pub kind: OperationKind,
    /// The name of the agent, tool, workflow, cache or operation; the model that was asked for;
    /// of a request, its method and endpoint.
    pub name: String,
    /// The labels of the program's own that it was recorded with, by name: see
    /// [`labels!`](crate::labels).
    pub labels: Vec<(String, String)>,
    /// How it ended.
    pub status: Status,
    /// From the first poll (or the call) to the end; of a stream to its last chunk, or to where
    /// it was dropped.
    pub duration: Duration,
    /// How many agents, LLM calls, tools, workflows and requests it ran inside of; a spawned task begins at 0.
    pub depth: usize,
    /// The innermost agent that it ran inside of.
    pub agent: Option<String>,
    /// The name of the error's type, where it ended with one.
    pub error_type: Option<String>,
    /// The tokens of an LLM call, if its response reports them and no LLM call inside it
    /// has counted them; of anything else, those of all LLM calls inside it.
    pub usage: Option<Usage>,
    /// Whether it is an LLM call that succeeded and whose response reported no usage.
    pub usage_missing: bool,
    /// The model that answered, if the response names it.
    pub response_model: Option<String>,
    /// Why the model ended its answer, if the response says it.
    pub finish_reason: Option<FinishReason>,
    /// From the begin of a streamed LLM call to its first chunk; `None` where none came,
    /// and for what is no stream.
    pub time_to_first_chunk: Option<Duration>,
    /// How many chunks a streamed LLM call had; `None` for what is no stream.
    pub chunks: Option<u64>,
    /// Whether a look-up in a cache found what it looked for; `None` for one that failed, and
    /// for anything else.
    pub hit: Option<bool>,
    /// With which HTTP status a request ended; `None` for anything else.
    pub http_status: Option<u16>,
    /// What an LLM call cost; of anything else, what it says by `cost = …` and what
    /// everything inside it cost. `None` where that is not known, or nothing was bought.
    pub cost: Option<Usd>,
    /// Whether more was spent than `cost` says: here or inside, an LLM call has no known
    /// price, or no known usage.
    pub cost_is_partial: bool,
    /// Why tokens of an LLM call are known and have no cost, as the label `reason` of
    /// `arc_llm_unpriced_calls_total` has it.
    pub unpriced: Option<String>,
    /// The annotated function; `None` for what was recorded by hand.
    pub function: Option<String>,
    /// The span fields that its attribute declares and that have a value, in the order of
    /// their declaration.
    pub fields: Vec<(String, FieldValue)>,
}

impl FinishedOperation {
    /// The value of a span field; `None` if it has none.
    ///
    /// ```
    /// #[arc_obs::track_tool("search", fields(limit, ?query), on_success(found = Vec::len))]
    /// fn search(query: &str, limit: usize) -> Vec<u32> {
    ///     vec![1, 2, 3]
    /// }
    ///
    /// let capture = arc_obs::testing::capture();
    /// search("tea", 10);
    /// let operation = &capture.operations()[0];
    /// assert_eq!(*operation.field("limit").unwrap(), 10);
    /// assert_eq!(*operation.field("query").unwrap(), r#""tea""#);
    /// assert_eq!(*operation.field("found").unwrap(), 3);
    /// assert_eq!(operation.field("error"), None);
    /// ```
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&FieldValue> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}

impl SiteKind {
    pub(crate) const fn operation(&self) -> (OperationKind, &'static str) {
        match *self {
            Self::Agent { name, .. } => (OperationKind::Agent, name),
            Self::Llm { model, .. } => (OperationKind::Llm, model),
            Self::Tool { name, .. } => (OperationKind::Tool, name),
            Self::Workflow { name, .. } => (OperationKind::Workflow, name),
            Self::Cache { name } => (OperationKind::Cache, name),
            Self::Request { name, .. } => (OperationKind::Request, name),
            Self::Operation { name, .. } => (OperationKind::Operation, name),
        }
    }
}
