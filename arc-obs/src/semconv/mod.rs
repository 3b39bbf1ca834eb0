//! Span and attribute names, each once.
//!
//! Here are the guide's, which a span has whatever the convention, and those of spans in
//! the process. Under which names the rest leaves, a table for each convention says:
//! `genai`, `genai_next`, `openinference`. Metric names stand in `metrics::catalog`.

mod genai;
#[cfg(feature = "traces")]
mod genai_next;
#[cfg(feature = "traces")]
pub(crate) mod openinference;
#[cfg(feature = "traces")]
mod table;

#[cfg(feature = "traces")]
pub(crate) use openinference::{INVOCATION, host, renamed, span_kind, system};
#[cfg(feature = "traces")]
pub use table::Conventions;
#[cfg(feature = "traces")]
pub(crate) use table::{
    CONTENT_EVENT, INPUT_MESSAGES, Known, OUTPUT_MESSAGES, Row, SYSTEM_INSTRUCTIONS, TOOL_CALL_ARGUMENTS,
    TOOL_CALL_RESULT, is_content,
};

#[cfg(feature = "traces")]
use crate::operation::{ErrorClass, OperationKind, Status};

pub(crate) use genai::{
    FINISH_REASONS, INPUT_TOKENS, OPERATION_NAME, OUTPUT_TOKENS, PROVIDER_NAME, TIME_TO_FIRST_CHUNK,
};

/// The guide's name of an agent's span attribute.
pub(crate) const AGENT_NAME: &str = "agent.name";
/// The guide's kind of an agent (`react`).
pub(crate) const AGENT_TYPE: &str = "agent.type";
/// The guide's name of the model attribute.
pub(crate) const MODEL: &str = "model";
/// The guide's name of the tool attribute.
pub(crate) const TOOL: &str = "tool";
/// The name of the workflow attribute, by the guide's pattern.
pub(crate) const WORKFLOW: &str = "workflow";
/// Which cache was looked into, as the guide's label `cache_type`.
pub(crate) const CACHE_TYPE: &str = "cache.type";
/// Whether the cache had it; absent where that is not known.
pub(crate) const CACHE_HIT: &str = "cache.hit";
/// The method of an HTTP request (semantic conventions v1.42.0, stable).
pub(crate) const HTTP_METHOD: &str = "http.request.method";
/// The template of its route.
pub(crate) const HTTP_ROUTE: &str = "http.route";
/// What it is called, from one service to the next; as a list, which headers are there.
#[cfg(feature = "tower")]
pub(crate) const REQUEST_ID: &str = "http.request.header.x-request-id";
/// What HTTP does not define as a method.
#[cfg(feature = "traces")]
pub(crate) const HTTP_METHOD_OTHER: &str = "_OTHER";
/// Such a method in the name of a span.
#[cfg(feature = "traces")]
pub(crate) const HTTP_METHOD_UNNAMED: &str = "HTTP";
/// The status it was answered with.
pub(crate) const HTTP_STATUS: &str = "http.response.status_code";
/// Whom a request was made to (semantic conventions v1.42.0, stable).
#[cfg(feature = "traces")]
const SERVER_ADDRESS: &str = "server.address";
/// Its port.
#[cfg(feature = "traces")]
const SERVER_PORT: &str = "server.port";
/// How the operation ended.
pub(crate) const STATUS: &str = "status";
/// Low-cardinality error class; absent when there was no error.
pub(crate) const ERROR_TYPE: &str = "error.type";
/// What begins the names of what a call was asked with, which only the function knows.
#[cfg(feature = "traces")]
pub(crate) const REQUEST_PREFIX: &str = "gen_ai.request.";
/// Whose model it is, where the conventions ask for it and nobody knows.
#[cfg(feature = "traces")]
pub(crate) const PROVIDER_OTHER: &str = "_OTHER";
/// The error type of an error of which nothing better is known.
#[cfg(feature = "traces")]
pub(crate) const ERROR_TYPE_OTHER: &str = "_OTHER";
/// What the error says of itself, cut to a bound.
#[cfg(feature = "traces")]
pub(crate) const ERROR_MESSAGE: &str = "error.message";
/// Whoever the work is done for (semantic conventions v1.42.0, Development; OpenInference, too).
#[cfg(feature = "traces")]
const USER_ID: &str = "user.id";

/// What every span of ours has, whatever the convention: the guide's names, and of requests
/// those of HTTP (semantic conventions v1.42.0, stable).
#[cfg(feature = "traces")]
pub(crate) const GUIDE: &[Row] = &[
    Row::new(AGENT_NAME, Known::Agent, table::AGENT),
    Row::new(AGENT_TYPE, Known::AgentType, table::AGENT),
    Row::new(MODEL, Known::Model, table::LLM),
    Row::new(TOOL, Known::Tool, table::TOOL),
    Row::new(WORKFLOW, Known::Workflow, table::WORKFLOW),
    Row::new(CACHE_TYPE, Known::Cache, table::CACHE),
    Row::new(CACHE_HIT, Known::CacheHit, table::CACHE),
    Row::new(HTTP_METHOD, Known::HttpMethod, table::REQUEST),
    Row::new(HTTP_ROUTE, Known::HttpRoute, table::REQUEST),
    Row::new(HTTP_STATUS, Known::HttpStatus, table::REQUEST),
    Row::new(STATUS, Known::Status, table::ALL),
    Row::new(ERROR_TYPE, Known::ErrorType, table::ALL),
    Row::new(ERROR_MESSAGE, Known::ErrorMessage, table::ALL),
];

/// Whether arc-obs sets an attribute of this name in the process, on a span of this kind: outside
/// of it the tables say what that is called.
#[cfg(feature = "traces")]
pub(crate) fn is_in_process(name: &str, kind: OperationKind) -> bool {
    let genai = [OPERATION_NAME, PROVIDER_NAME, INPUT_TOKENS, OUTPUT_TOKENS, FINISH_REASONS, TIME_TO_FIRST_CHUNK];
    GUIDE.iter().any(|row| row.name == name && row.on.contains(&kind))
        || (kind == OperationKind::Llm && genai.contains(&name))
}

/// The `error.type` of an operation that ended like this, on its span and in the metrics of the
/// conventions: one of a closed list, or the name of the error's type. `None` where nothing went
/// wrong.
#[cfg(feature = "traces")]
pub(crate) fn error_type(status: Status, class: Option<ErrorClass>, type_name: Option<&str>) -> Option<&str> {
    match (status, class, type_name) {
        (Status::Success, ..) => None,
        (_, Some(class), _) => Some(class.as_str()),
        (Status::Timeout, ..) => Some(ErrorClass::Timeout.as_str()),
        (Status::Cancelled, ..) => Some(ErrorClass::Cancelled.as_str()),
        (_, None, name) => name.or(Some(ERROR_TYPE_OTHER)),
    }
}

/// In-process span name of an LLM call, as the guide has it.
pub(crate) const LLM_SPAN: &str = "llm.call";
/// In-process span name of an agent, before its name.
pub(crate) const AGENT_SPAN_PREFIX: &str = "agent.";
/// In-process span name of a tool, before its name.
pub(crate) const TOOL_SPAN_PREFIX: &str = "tool.";
/// In-process span name of a workflow, before its name.
pub(crate) const WORKFLOW_SPAN_PREFIX: &str = "workflow.";
/// In-process span name of a look-up in a cache, before the cache's name.
pub(crate) const CACHE_SPAN_PREFIX: &str = "cache.";

/// The resource's name of the service.
pub(crate) const SERVICE_NAME: &str = "service.name";
/// The resource's version of the service.
pub(crate) const SERVICE_VERSION: &str = "service.version";
/// Where the service runs (`production`, `staging`).
pub(crate) const DEPLOYMENT_ENVIRONMENT_NAME: &str = "deployment.environment.name";
/// The same under its name until semantic conventions v1.27, which most back ends
/// still read.
pub(crate) const DEPLOYMENT_ENVIRONMENT: &str = "deployment.environment";
