//! OpenTelemetry's GenAI conventions as they are being written.
//!
//! `open-telemetry/semantic-conventions-genai`, status Development, no release yet:
//! `docs/gen-ai/client-inference.md` of September 2026 (commit 024a4f9). The cost is that of
//! its pull request 443, which is open.

use super::genai::{FINISH_REASONS, INPUT_TOKENS, OPERATION_NAME, OUTPUT_TOKENS, PROVIDER_NAME, TIME_TO_FIRST_CHUNK};
use super::table::{AGENT_OR_INSIDE, AGENT_OR_LLM, GENAI, LLM, TOOL, WORKFLOW};
use super::{Known, Row, SERVER_ADDRESS, SERVER_PORT, USER_ID};

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
    Row::new("gen_ai.usage.cache_write.input_tokens", Known::CacheWriteTokens, LLM),
    Row::new("gen_ai.usage.reasoning.output_tokens", Known::ReasoningTokens, LLM),
    Row::new("gen_ai.usage.cost.amount", Known::Cost, LLM),
    Row::new("gen_ai.usage.cost.currency", Known::Currency, LLM),
    Row::new("gen_ai.usage.cost.source", Known::CostSource, LLM),
    Row::new("gen_ai.agent.name", Known::AgentAround, AGENT_OR_INSIDE),
    Row::new("gen_ai.tool.name", Known::Tool, TOOL),
    Row::new("gen_ai.tool.type", Known::ToolType, TOOL),
    Row::new("gen_ai.workflow.name", Known::Workflow, WORKFLOW),
    Row::new("gen_ai.conversation.id", Known::Conversation, GENAI),
    Row::new(USER_ID, Known::User, GENAI),
];
