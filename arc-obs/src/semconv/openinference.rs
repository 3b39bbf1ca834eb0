//! `OpenInference`, as Arize and Phoenix read it.
//!
//! `Arize-ai/openinference`, `spec/semantic_conventions.md` and `spec/llm_spans.md` of 2026
//! (commits 00e2b51 and 0539b7f). An agent's and a tool's name are called there as the guide
//! calls the agent's; span names are free, and stay OpenTelemetry's.

use super::table::{ALL, LLM, TOOL};
use super::{Known, Row, USER_ID};

/// What was asked as a whole, and what kind of text that is.
pub(crate) const INPUT_VALUE: &str = "input.value";
pub(crate) const INPUT_MIME_TYPE: &str = "input.mime_type";
/// What was answered.
pub(crate) const OUTPUT_VALUE: &str = "output.value";
pub(crate) const OUTPUT_MIME_TYPE: &str = "output.mime_type";
/// The kinds that there are.
pub(crate) const JSON: &str = "application/json";
pub(crate) const TEXT: &str = "text/plain";
/// Before the number of a message.
pub(crate) const INPUT_MESSAGES: &str = "llm.input_messages";
pub(crate) const OUTPUT_MESSAGES: &str = "llm.output_messages";
/// Before the number of a text that was embedded.
pub(crate) const EMBEDDED: &str = "embedding.embeddings";

pub(super) const TABLE: &[Row] = &[
    Row::new("openinference.span.kind", Known::InferenceKind, ALL),
    Row::new("llm.system", Known::System, LLM),
    Row::new("llm.provider", Known::Host, LLM),
    Row::new("llm.model_name", Known::LlmModel, LLM),
    Row::new("llm.request.model_name", Known::Model, LLM),
    Row::new("llm.response.model_name", Known::ResponseModel, LLM),
    Row::new("embedding.model_name", Known::EmbeddingModel, LLM),
    Row::new("llm.finish_reason", Known::FinishReason, LLM),
    Row::new("llm.token_count.prompt", Known::InputTokens, LLM),
    Row::new("llm.token_count.completion", Known::OutputTokens, LLM),
    Row::new("llm.token_count.total", Known::TotalTokens, LLM),
    Row::new("llm.token_count.prompt_details.cache_read", Known::CacheReadTokens, LLM),
    Row::new("llm.token_count.prompt_details.cache_write", Known::CacheWriteTokens, LLM),
    Row::new("llm.token_count.completion_details.reasoning", Known::ReasoningTokens, LLM),
    Row::new("llm.cost.total", Known::Cost, LLM),
    Row::new("tool.name", Known::Tool, TOOL),
    Row::new("session.id", Known::Conversation, ALL),
    Row::new(USER_ID, Known::User, ALL),
];

/// What a function says itself under a name of OpenTelemetry's, and is called otherwise here.
const RENAMED: [(&str, &str); 4] = [
    ("gen_ai.prompt.version", "llm.prompt_template.version"),
    ("gen_ai.tool.call.id", "tool.id"),
    ("gen_ai.tool.description", "tool.description"),
    ("gen_ai.provider.name", "llm.provider"),
];

/// What that is called here, if it has a name of its own.
pub(crate) fn renamed(name: &str) -> Option<&'static str> {
    RENAMED.iter().find(|(known, _)| *known == name).map(|(_, name)| *name)
}

/// Where all that a call was asked with stands, as JSON.
pub(crate) const INVOCATION: &str = "llm.invocation_parameters";

/// What OpenTelemetry calls a provider, whose models those are, and who hosts them. Of others
/// the two are as OpenTelemetry has it; where many sell models of many, only the host is known.
const PROVIDERS: [(&str, Option<&str>, &str); 9] = [
    ("aws.bedrock", None, "aws"),
    ("azure.ai.inference", None, "azure"),
    ("azure.ai.openai", Some("openai"), "azure"),
    ("gcp.gemini", Some("vertexai"), "google"),
    ("gcp.gen_ai", Some("vertexai"), "google"),
    ("gcp.vertex_ai", Some("vertexai"), "google"),
    ("mistral_ai", Some("mistralai"), "mistralai"),
    ("moonshot_ai", Some("moonshot"), "moonshot"),
    ("x_ai", Some("xai"), "xai"),
];

/// Whose model it is.
pub(crate) fn system(provider: &str) -> Option<&str> {
    PROVIDERS.iter().find(|(known, ..)| *known == provider).map_or(Some(provider), |(_, system, _)| *system)
}

/// Who hosts it.
pub(crate) fn host(provider: &str) -> &str {
    PROVIDERS.iter().find(|(known, ..)| *known == provider).map_or(provider, |(.., host)| *host)
}

/// What the kind of a span is called, by the operation's name: that of an LLM call in
/// OpenTelemetry, else of its kind.
pub(crate) fn span_kind(operation: &str) -> &'static str {
    match operation {
        "agent" => "AGENT",
        "tool" => "TOOL",
        "embeddings" => "EMBEDDING",
        "retrieval" => "RETRIEVER",
        "workflow" | "cache" | "request" | "operation" => "CHAIN",
        _ => "LLM",
    }
}
