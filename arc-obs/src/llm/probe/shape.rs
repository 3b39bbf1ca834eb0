//! Where usage stands in a response: the shapes of all providers, one row each.
//!
//! OpenAI (chat, responses, embeddings) and all that speak its API (Azure, Mistral,
//! Groq, `DeepSeek`, xAI, `OpenRouter`, Perplexity, vLLM), Anthropic, Gemini, Bedrock
//! Converse, Cohere, Ollama; and the types into which `rig` and `genai` read them. The
//! extractors in the data of genai-prices are the reference, and the answers in
//! `tests/responses` are what is held against them. Names in snake case
//! are those of JSON or of a Rust struct; a struct that is written in camel case
//! has the same row.

/// Where in a response we are. A response, and the usage in it, have a depth: 0 at
/// the root, 1 inside an envelope.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Response(u8),
    /// One chunk of a stream: a response, or an event around a part of one.
    Chunk,
    /// What changed, of Anthropic's and Cohere's events.
    Delta,
    /// The events in which Bedrock says what was used, and why the model stopped.
    StreamMetadata,
    StreamStop,
    Usage(u8),
    /// Parts of the input, inside it.
    InputDetails,
    /// Parts of the output, inside it.
    OutputDetails,
    /// Anthropic's writes to its cache, by how long they are kept.
    CacheWrites,
    /// Bedrock's: a list, and one of its elements.
    CacheDetails,
    CacheDetail,
    /// How long what was written is kept.
    TimeToLive,
    /// What Anthropic sampled in turn: a list, one of its elements, and what that is.
    Iterations,
    Iteration,
    IterationType,
    /// What Cohere bills, which counts more than what it used.
    Billed,
    /// What Cohere used.
    Used,
    /// A structure around the model's name: genai's.
    ModelName {
        asked: bool,
        depth: u8,
    },
    /// Around the names of both models: rig's.
    Origin(u8),
    /// The name of a model: the one that answered or the one that was `asked`.
    Model {
        asked: bool,
        depth: u8,
    },
    /// What the provider calls the response.
    ResponseId(u8),
    /// The answers of a response that may have several: a list, and one of them.
    Choices(u8),
    Choice(u8),
    /// Why the model stopped.
    FinishReason(u8),
    /// How far OpenAI's response has come, and why it is not complete.
    ResponseStatus(u8),
    Incomplete(u8),
    /// The service tier, or Bedrock's structure around it.
    ServiceTier,
    Number(Count),
    /// A number beside and not inside a usage: Ollama's.
    RootNumber(Count),
    /// What the provider says it costs.
    Money(Money),
    /// Nothing of interest can stand below.
    Elsewhere,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Count {
    /// The input under `prompt_tokens`: whoever says so means all of it.
    Prompt,
    /// The input under a name that some mean without what the cache did.
    Input,
    Output,
    Total,
    /// Inside the input.
    CacheRead,
    /// Inside the input.
    CacheWrite,
    CacheWrite1h,
    /// Beside the input, unless the total says otherwise.
    CacheReadBeside,
    CacheWriteBeside,
    /// Inside the output, unless the total says otherwise.
    Reasoning,
    /// Beside the output: Gemini's thoughts.
    Thoughts,
    /// Beside the input: what Gemini's tools put into the prompt.
    ToolInput,
    /// Beside the output: Perplexity's, and with it the reasoning.
    Citations,
    /// One of Bedrock's writes to its cache.
    CacheDetail,
    BilledInput,
    BilledOutput,
}

/// What a provider counts money in.
#[derive(Clone, Copy, Debug)]
pub(super) enum Money {
    Dollars,
    /// xAI's: ten thousand millions of them are a dollar.
    Ticks,
}

impl Count {
    pub(super) const ALL: usize = Self::BilledOutput as usize + 1;

    /// Whether the usage is unknown without it, and not only a part of it.
    pub(super) fn is_a_whole(self) -> bool {
        use Count::{BilledInput, BilledOutput, Citations, Input, Output, Prompt, Thoughts, ToolInput};
        matches!(self, Prompt | Input | Output | Thoughts | Citations | ToolInput | BilledInput | BilledOutput)
    }
}

/// Envelopes inside of which a response may stand: OpenAI's and Anthropic's events
/// (`response`, `message`), Cloudflare's answers and Anthropic's batches (`result`).
/// A `response` inside another envelope is what the model wrote.
const DEEPEST: u8 = 2;

impl Place {
    /// What stands under `key` at this place.
    pub(super) fn child(self, key: &str) -> Self {
        use Count::{
            BilledInput, BilledOutput, CacheDetail, CacheRead, CacheReadBeside, CacheWrite, CacheWrite1h,
            CacheWriteBeside, Citations, Input, Output, Prompt, Reasoning, Thoughts, ToolInput, Total,
        };
        match self {
            Self::Response(depth) => match key {
                "usage" | "usageMetadata" | "usage_metadata" | "meta" | "captured_usage" => Self::Usage(depth),
                "model" | "modelVersion" | "model_version" => Self::Model { asked: false, depth },
                "id" | "responseId" | "response_id" => Self::ResponseId(depth),
                // genai: the model that was asked for, and the one that the provider names.
                "model_iden" => Self::ModelName { asked: true, depth },
                "provider_model_iden" => Self::ModelName { asked: false, depth },
                "service_tier" | "serviceTier" => Self::ServiceTier,
                // rig: both, in one structure.
                "origin" => Self::Origin(depth),
                "prompt_eval_count" if depth == 0 => Self::RootNumber(Prompt),
                "eval_count" if depth == 0 => Self::RootNumber(Output),
                "choices" | "candidates" => Self::Choices(depth),
                "stop_reason"
                | "stopReason"
                | "finish_reason"
                | "finishReason"
                | "done_reason"
                | "captured_stop_reason" => Self::FinishReason(depth),
                "status" => Self::ResponseStatus(depth),
                "incomplete_details" => Self::Incomplete(depth),
                "response" if depth == 0 => Self::Response(depth + 1),
                "message" | "result" if depth < DEEPEST => Self::Response(depth + 1),
                _ => Self::Elsewhere,
            },
            Self::Chunk => match key {
                "delta" => Self::Delta,
                "metadata" => Self::StreamMetadata,
                "messageStop" => Self::StreamStop,
                // Groq's, in its last chunk.
                "x_groq" => Self::Response(1),
                _ => Self::Response(0).child(key),
            },
            Self::Delta => match key {
                // Anthropic's usage stands beside it.
                "stop_reason" | "finish_reason" => Self::FinishReason(0),
                "usage" => Self::Usage(1),
                _ => Self::Elsewhere,
            },
            Self::StreamMetadata => match key {
                "usage" => Self::Usage(1),
                "serviceTier" => Self::ServiceTier,
                _ => Self::Elsewhere,
            },
            Self::StreamStop => match key {
                "stopReason" => Self::FinishReason(0),
                _ => Self::Elsewhere,
            },
            Self::Choice(depth) => match key {
                "finish_reason" | "finishReason" => Self::FinishReason(depth),
                _ => Self::Elsewhere,
            },
            Self::Incomplete(depth) => match key {
                "reason" => Self::FinishReason(depth),
                _ => Self::Elsewhere,
            },
            Self::Usage(_) => match key {
                "prompt_tokens" | "promptTokenCount" | "prompt_token_count" => Self::Number(Prompt),
                "input_tokens" | "inputTokens" => Self::Number(Input),
                "completion_tokens"
                | "output_tokens"
                | "outputTokens"
                | "candidatesTokenCount"
                | "candidates_token_count" => Self::Number(Output),
                "total_tokens" | "totalTokens" | "totalTokenCount" | "total_token_count" => Self::Number(Total),
                "prompt_tokens_details" | "input_tokens_details" | "input_token_details" => Self::InputDetails,
                "completion_tokens_details" | "output_tokens_details" | "output_token_details" => Self::OutputDetails,
                "cache_read_input_tokens" | "cacheReadInputTokens" => Self::Number(CacheReadBeside),
                "cache_creation_input_tokens" | "cache_write_input_tokens" | "cacheWriteInputTokens" => {
                    Self::Number(CacheWriteBeside)
                }
                "cache_creation" => Self::CacheWrites,
                "cacheDetails" => Self::CacheDetails,
                "iterations" => Self::Iterations,
                // Cohere and Moonshot, Mistral, DeepSeek, xAI, rig, Gemini.
                "cached_tokens"
                | "num_cached_tokens"
                | "prompt_cache_hit_tokens"
                | "cached_prompt_text_tokens"
                | "cached_input_tokens"
                | "cachedContentTokenCount"
                | "cached_content_token_count" => Self::Number(CacheRead),
                "reasoning_tokens" => Self::Number(Reasoning),
                "thoughtsTokenCount" | "thoughts_token_count" => Self::Number(Thoughts),
                "toolUsePromptTokenCount" | "tool_use_prompt_token_count" => Self::Number(ToolInput),
                "billed_units" => Self::Billed,
                "tokens" => Self::Used,
                "citation_tokens" => Self::Number(Citations),
                // OpenRouter, Perplexity.
                "cost" => Self::Money(Money::Dollars),
                "cost_in_usd_ticks" => Self::Money(Money::Ticks),
                // Anthropic, Gemini, Vertex AI.
                "service_tier" | "serviceTier" | "trafficType" | "traffic_type" => Self::ServiceTier,
                _ => Self::Elsewhere,
            },
            Self::Iteration => match key {
                "type" => Self::IterationType,
                // No lists inside a list.
                "iterations" | "cacheDetails" => Self::Elsewhere,
                _ => Self::Usage(0).child(key),
            },
            Self::InputDetails => match key {
                "cached_tokens" | "cache_read_input_tokens" => Self::Number(CacheRead),
                "cache_write_tokens" | "cache_creation_tokens" => Self::Number(CacheWrite),
                // genai.
                "cache_creation_details" => Self::CacheWrites,
                _ => Self::Elsewhere,
            },
            Self::OutputDetails => match key {
                "reasoning_tokens" | "thinking_tokens" => Self::Number(Reasoning),
                _ => Self::Elsewhere,
            },
            Self::CacheWrites => match key {
                "ephemeral_1h_input_tokens" | "ephemeral_1h_tokens" => Self::Number(CacheWrite1h),
                _ => Self::Elsewhere,
            },
            Self::CacheDetail => match key {
                "inputTokens" => Self::Number(CacheDetail),
                "ttl" => Self::TimeToLive,
                _ => Self::Elsewhere,
            },
            Self::Billed => match key {
                "input_tokens" => Self::Number(BilledInput),
                "output_tokens" => Self::Number(BilledOutput),
                _ => Self::Elsewhere,
            },
            Self::Used => match key {
                "input_tokens" => Self::Number(Input),
                "output_tokens" => Self::Number(Output),
                _ => Self::Elsewhere,
            },
            Self::ModelName { asked, depth } => match key {
                "model_name" => Self::Model { asked, depth },
                _ => Self::Elsewhere,
            },
            Self::Origin(depth) => match key {
                "model" => Self::Model { asked: true, depth },
                "response_model" => Self::Model { asked: false, depth },
                _ => Self::Elsewhere,
            },
            Self::ServiceTier if key == "type" => self,
            // serde_json with `arbitrary_precision` writes a number as a struct with this one field.
            Self::Number(_) | Self::Money(_) if key == "$serde_json::private::Number" => self,
            // Perplexity itemises it.
            Self::Money(Money::Dollars) if key == "total_cost" => self,
            _ => Self::Elsewhere,
        }
    }

    pub(super) fn is_elsewhere(self) -> bool {
        matches!(self, Self::Elsewhere)
    }
}
