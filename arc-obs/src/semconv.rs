//! Span and attribute names, each once.
//!
//! GenAI names as today's SDKs emit them (OpenTelemetry semantic conventions
//! v1.42.0, `gen_ai.*`, status Development); the others are the guide's. Metric
//! names stand in `metrics::catalog`.

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
/// The status it was answered with.
pub(crate) const HTTP_STATUS: &str = "http.response.status_code";
/// How the operation ended.
pub(crate) const STATUS: &str = "status";
/// Low-cardinality error class; absent when there was no error.
pub(crate) const ERROR_TYPE: &str = "error.type";
/// `chat`, `embeddings`, …
pub(crate) const OPERATION_NAME: &str = "gen_ai.operation.name";
/// `openai`, `anthropic`, …
pub(crate) const PROVIDER_NAME: &str = "gen_ai.provider.name";
/// Tokens of the prompt, cache included.
pub(crate) const INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";
/// Tokens of the answer, reasoning included.
pub(crate) const OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";

/// Why the model ended its answer.
pub(crate) const FINISH_REASONS: &str = "gen_ai.response.finish_reasons";
/// Seconds from the begin of a streamed call to its first chunk.
pub(crate) const TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";

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
