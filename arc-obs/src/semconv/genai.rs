//! OpenTelemetry's GenAI conventions as today's SDKs emit them.
//!
//! Semantic conventions v1.42.0 (May 2026), status Development, the last version that has
//! `gen_ai.*` outside of a repository of its own; the same in opentelemetry-util-genai 1.3b0
//! (October 2026). The cost has no name there: `gen_ai.usage.cost` is what OpenLIT emits and
//! Langfuse reads.

#[cfg(feature = "traces")]
use super::table::{AGENT_OR_INSIDE, AGENT_OR_LLM, GENAI, LLM, TOOL, WORKFLOW};
#[cfg(feature = "traces")]
use super::{Known, Row, SERVER_ADDRESS, SERVER_PORT, USER_ID};

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

#[cfg(feature = "traces")]
pub(super) const TABLE: &[Row] = &[
    Row::new(OPERATION_NAME, Known::Operation, GENAI),
    Row::new(PROVIDER_NAME, Known::Provider, AGENT_OR_LLM),
    Row::new("gen_ai.request.model", Known::Model, LLM),
    Row::new("gen_ai.request.stream", Known::IsStreamed, LLM),
    Row::new("gen_ai.response.model", Known::ResponseModel, LLM),
    Row::new("gen_ai.response.id", Known::ResponseId, LLM),
    Row::new(SERVER_ADDRESS, Known::ServerAddress, LLM),
    Row::new(SERVER_PORT, Known::ServerPort, LLM),
    Row::new(FINISH_REASONS, Known::FinishReasons, LLM),
    Row::new(TIME_TO_FIRST_CHUNK, Known::TimeToFirstChunk, LLM),
    Row::new(INPUT_TOKENS, Known::InputTokens, LLM),
    Row::new(OUTPUT_TOKENS, Known::OutputTokens, LLM),
    Row::new("gen_ai.usage.cache_read.input_tokens", Known::CacheReadTokens, LLM),
    Row::new("gen_ai.usage.cache_creation.input_tokens", Known::CacheWriteTokens, LLM),
    Row::new("gen_ai.usage.reasoning.output_tokens", Known::ReasoningTokens, LLM),
    Row::new("gen_ai.usage.cost", Known::Cost, LLM),
    Row::new("gen_ai.agent.name", Known::AgentAround, AGENT_OR_INSIDE),
    Row::new("gen_ai.tool.name", Known::Tool, TOOL),
    Row::new("gen_ai.tool.type", Known::ToolType, TOOL),
    Row::new("gen_ai.workflow.name", Known::Workflow, WORKFLOW),
    Row::new("gen_ai.conversation.id", Known::Conversation, GENAI),
    Row::new(USER_ID, Known::User, GENAI),
];
