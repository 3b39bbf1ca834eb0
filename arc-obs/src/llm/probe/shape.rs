//! Where usage stands in a response: the shapes of all providers, one row each.
//!
//! OpenAI (chat, responses, embeddings) and all that speak its API (Azure, Mistral,
//! Groq, `DeepSeek`, xAI, `OpenRouter`, vLLM), Anthropic, Gemini, Bedrock Converse,
//! Cohere, Ollama; and the types into which `rig` and `genai` read them. The
//! extractors in the data of genai-prices are the reference. Names in snake case
//! are those of JSON or of a Rust struct; a struct that is written in camel case
//! has the same row.

/// Where in a response we are. A response, and the usage in it, have a depth: 0 at
/// the root, 1 inside an envelope.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Response(u8),
    Usage(u8),
    /// Parts of the input, inside it.
    InputDetails,
    /// Parts of the output, inside it.
    OutputDetails,
    /// Anthropic's writes to its cache, by how long they are kept.
    CacheWrites,
    /// What Cohere bills, which counts more than what it used.
    Billed,
    /// What Cohere used.
    Used,
    /// A structure around the model's name.
    ModelName {
        asked: bool,
    },
    /// The name of a model: the one that answered or the one that was `asked`.
    Model {
        asked: bool,
    },
    /// The service tier, or Bedrock's structure around it.
    ServiceTier,
    Number(Count),
    /// What the provider says it costs.
    Dollars,
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
    BilledInput,
    BilledOutput,
}

impl Count {
    pub(super) const ALL: usize = Self::BilledOutput as usize + 1;

    /// Whether the usage is unknown without it, and not only a part of it.
    pub(super) fn is_a_whole(self) -> bool {
        use Count::{BilledInput, BilledOutput, Input, Output, Prompt, Thoughts, ToolInput};
        matches!(self, Prompt | Input | Output | Thoughts | ToolInput | BilledInput | BilledOutput)
    }
}

/// Envelopes inside of which a response may stand: OpenAI's and Anthropic's events
/// (`response`, `message`), Cloudflare's answers (`result`).
const DEEPEST: u8 = 2;

impl Place {
    /// What stands under `key` at this place.
    pub(super) fn child(self, key: &str) -> Self {
        use Count::{
            BilledInput, BilledOutput, CacheRead, CacheReadBeside, CacheWrite, CacheWrite1h, CacheWriteBeside, Input,
            Output, Prompt, Reasoning, Thoughts, ToolInput, Total,
        };
        match self {
            Self::Response(depth) => match key {
                "usage" | "usageMetadata" | "usage_metadata" | "meta" => Self::Usage(depth),
                "model" | "modelVersion" | "model_version" => Self::Model { asked: false },
                // genai: the model that was asked for, and the one that the provider names.
                "model_iden" => Self::ModelName { asked: true },
                "provider_model_iden" => Self::ModelName { asked: false },
                "service_tier" | "serviceTier" => Self::ServiceTier,
                // Ollama, at the root.
                "prompt_eval_count" => Self::Number(Prompt),
                "eval_count" => Self::Number(Output),
                "response" | "message" | "result" if depth < DEEPEST => Self::Response(depth + 1),
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
                // Cohere and Moonshot, DeepSeek, rig, Gemini.
                "cached_tokens"
                | "prompt_cache_hit_tokens"
                | "cached_input_tokens"
                | "cachedContentTokenCount"
                | "cached_content_token_count" => Self::Number(CacheRead),
                "reasoning_tokens" => Self::Number(Reasoning),
                "thoughtsTokenCount" | "thoughts_token_count" => Self::Number(Thoughts),
                "toolUsePromptTokenCount" | "tool_use_prompt_token_count" => Self::Number(ToolInput),
                "billed_units" => Self::Billed,
                "tokens" => Self::Used,
                // OpenRouter.
                "cost" => Self::Dollars,
                // Anthropic, Gemini, Vertex AI.
                "service_tier" | "serviceTier" | "trafficType" | "traffic_type" => Self::ServiceTier,
                _ => Self::Elsewhere,
            },
            Self::InputDetails => match key {
                "cached_tokens" | "cache_read_input_tokens" => Self::Number(CacheRead),
                "cache_write_tokens" | "cache_creation_tokens" => Self::Number(CacheWrite),
                _ => Self::Elsewhere,
            },
            Self::OutputDetails => match key {
                "reasoning_tokens" | "thinking_tokens" => Self::Number(Reasoning),
                _ => Self::Elsewhere,
            },
            Self::CacheWrites => match key {
                "ephemeral_1h_input_tokens" => Self::Number(CacheWrite1h),
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
            Self::ModelName { asked } => match key {
                "model_name" => Self::Model { asked },
                _ => Self::Elsewhere,
            },
            Self::ServiceTier if key == "type" => self,
            // serde_json with `arbitrary_precision` writes a number as a struct with this one field.
            Self::Number(_) | Self::Dollars if key == "$serde_json::private::Number" => self,
            _ => Self::Elsewhere,
        }
    }

    pub(super) fn is_elsewhere(self) -> bool {
        matches!(self, Self::Elsewhere)
    }
}
