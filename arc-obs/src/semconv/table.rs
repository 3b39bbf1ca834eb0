//! What a convention is: a table of names, and which facts they are the names of.

use super::{GUIDE, genai, genai_next, openinference};
use crate::operation::OperationKind;

/// Under which names spans leave the process.
///
/// The names of GenAI spans are still in development everywhere: take those that your back end
/// reads. What the guide names (`agent.name`, `agent.type`, `model`, `tool`, `status`,
/// `error.type`, `error.message`) and what OpenTelemetry has for HTTP is there with each; so are
/// span names and kinds, which are those of OpenTelemetry.
///
/// | fact of an LLM call | `GenAi` | `GenAiNext` | `OpenInference` |
/// |---|---|---|---|
/// | model asked | `gen_ai.request.model` | the same | `llm.request.model_name` |
/// | model that answered | `gen_ai.response.model` | the same | `llm.response.model_name` |
/// | input tokens, cache included | `gen_ai.usage.input_tokens` | the same | `llm.token_count.prompt` |
/// | of them written to a cache | `gen_ai.usage.cache_creation.input_tokens` | `gen_ai.usage.cache_write.input_tokens` | `llm.token_count.prompt_details.cache_write` |
/// | cost in US dollars | `gen_ai.usage.cost` | `gen_ai.usage.cost.amount`, `.currency` | `llm.cost.total` |
/// | conversation | `gen_ai.conversation.id` | the same | `session.id` |
/// | prompts and answers, where they are asked for | `gen_ai.input.messages`, `gen_ai.output.messages` | the same | `input.value`, `output.value`, `llm.input_messages.0.message.content`, … |
/// | what a tool is given and finds, likewise | `gen_ai.tool.call.arguments`, `gen_ai.tool.call.result` | the same | `input.value`, `output.value` |
///
/// ```
/// use arc_obs::Conventions;
///
/// let obs = arc_obs::builder()
///     .service_name("shop")
///     .no_server()
///     .conventions(Conventions::OpenInference)
///     .install()?;
/// # Ok::<(), arc_obs::InitError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Conventions {
    /// OpenTelemetry's GenAI conventions as today's SDKs emit them: the preset.
    ///
    /// Semantic conventions v1.42.0 of May 2026, the last that had them, which
    /// opentelemetry-util-genai 1.3b0 of October 2026 still follows. The cost has no name there;
    /// it is `gen_ai.usage.cost`, as in OpenLIT and Langfuse.
    #[default]
    GenAi,
    /// OpenTelemetry's GenAI conventions as they are being written in
    /// `open-telemetry/semantic-conventions-genai`, of September 2026 (commit 024a4f9).
    ///
    /// The cost is named as in its pull request 443, which is open.
    GenAiNext,
    /// `OpenInference`, as Arize and Phoenix read it: `Arize-ai/openinference`, its
    /// `spec/semantic_conventions.md` of 2026 (commit 00e2b51).
    OpenInference,
}

impl Conventions {
    /// What `OTEL_SEMCONV_STABILITY_OPT_IN` says, a list with commas; `None` where it says nothing
    /// of GenAI spans.
    pub(crate) fn parse(list: &str) -> Option<Self> {
        let says = |word: &str| list.split(',').any(|said| said.trim() == word);
        says("gen_ai_latest_experimental").then_some(Self::GenAiNext)
    }

    /// The names that are its own.
    const fn own(self) -> &'static [Row] {
        match self {
            Self::GenAi => genai::TABLE,
            Self::GenAiNext => genai_next::TABLE,
            Self::OpenInference => openinference::TABLE,
        }
    }

    /// What this is called on anything but a span, where there is a name for it.
    #[cfg(feature = "otlp")]
    pub(crate) fn name_of(self, known: Known) -> Option<&'static str> {
        self.own().iter().chain(GUIDE).find(|row| row.known == known).map(|row| row.name)
    }

    /// All that a span of such an operation can tell.
    pub(crate) fn of(self, kind: OperationKind) -> impl Iterator<Item = &'static Row> {
        GUIDE.iter().chain(self.own()).filter(move |row| row.on.contains(&kind))
    }
}

/// One name of a convention.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    pub(crate) known: Known,
    /// On which spans.
    pub(crate) on: &'static [OperationKind],
}

impl Row {
    pub(super) const fn new(name: &'static str, known: Known, on: &'static [OperationKind]) -> Self {
        Self { name, known, on }
    }
}

/// What can be known of an operation. What is not known has no attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Known {
    /// The agent that it is.
    Agent,
    AgentType,
    /// The innermost agent that it ran inside of, itself included.
    AgentAround,
    /// The model that was asked for.
    Model,
    Tool,
    Workflow,
    Cache,
    CacheHit,
    HttpMethod,
    HttpRoute,
    HttpStatus,
    Status,
    ErrorType,
    ErrorMessage,
    /// `chat`, `invoke_agent`, …
    Operation,
    /// By its name in OpenTelemetry; `_OTHER` where that is not known.
    Provider,
    /// The model that answered, as the response says.
    ResponseModel,
    ResponseId,
    /// The host that was asked, where its request went through a client of ours.
    ServerAddress,
    ServerPort,
    /// Why the model stopped, for each answer that it gave.
    FinishReasons,
    /// The first of them.
    FinishReason,
    /// Whether the answer came in chunks; absent where it did not.
    IsStreamed,
    /// In seconds.
    TimeToFirstChunk,
    /// Cache included.
    InputTokens,
    /// Reasoning included.
    OutputTokens,
    TotalTokens,
    CacheReadTokens,
    CacheWriteTokens,
    ReasoningTokens,
    /// In US dollars.
    Cost,
    /// `USD`, where the cost is known.
    Currency,
    /// Who says the cost: `provider`, or `local`.
    CostSource,
    Conversation,
    User,
    /// What kind of tool: all of ours are functions.
    ToolType,
    /// What `OpenInference` calls the kind of a span.
    InferenceKind,
    /// The model of an LLM call that embeds nothing: the one that answered, or was asked.
    LlmModel,
    /// The model of one that does.
    EmbeddingModel,
    /// Whose model it is, in the words of `OpenInference`.
    System,
    /// Who hosts it, in the same.
    Host,
}

pub(super) const ALL: &[OperationKind] = &[
    OperationKind::Agent,
    OperationKind::Llm,
    OperationKind::Tool,
    OperationKind::Workflow,
    OperationKind::Cache,
    OperationKind::Request,
    OperationKind::Operation,
];
pub(super) const AGENT: &[OperationKind] = &[OperationKind::Agent];
/// An agent, and what knows in whose name it is done.
pub(super) const AGENT_OR_INSIDE: &[OperationKind] = &[OperationKind::Agent, OperationKind::Llm, OperationKind::Tool];
/// What the conventions ask the provider of.
pub(super) const AGENT_OR_LLM: &[OperationKind] = &[OperationKind::Agent, OperationKind::Llm];
pub(super) const LLM: &[OperationKind] = &[OperationKind::Llm];
pub(super) const TOOL: &[OperationKind] = &[OperationKind::Tool];
pub(super) const WORKFLOW: &[OperationKind] = &[OperationKind::Workflow];
pub(super) const CACHE: &[OperationKind] = &[OperationKind::Cache];
pub(super) const REQUEST: &[OperationKind] = &[OperationKind::Request];
/// Those that the GenAI conventions have a span for.
pub(super) const GENAI: &[OperationKind] =
    &[OperationKind::Agent, OperationKind::Llm, OperationKind::Tool, OperationKind::Workflow];

/// What the GenAI conventions (v1.42.0, Opt-In) call what a model was asked.
pub(crate) const INPUT_MESSAGES: &str = "gen_ai.input.messages";
/// What it was told beforehand.
pub(crate) const SYSTEM_INSTRUCTIONS: &str = "gen_ai.system_instructions";
/// What it answered.
pub(crate) const OUTPUT_MESSAGES: &str = "gen_ai.output.messages";
/// What a tool was given.
pub(crate) const TOOL_CALL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
/// What it came to.
pub(crate) const TOOL_CALL_RESULT: &str = "gen_ai.tool.call.result";

/// The event that carries what was asked and answered, where `capture` puts it into one.
pub(crate) const CONTENT_EVENT: &str = "gen_ai.client.inference.operation.details";

/// Whether what stands under this name is what was asked or answered, by OpenTelemetry's
/// conventions, older and newer ones, OpenLLMetry's and OpenInference's: nothing of it leaves unless
/// somebody asks for it.
pub(crate) fn is_content(name: &str) -> bool {
    const WHOLE: [&str; 11] = [
        "gen_ai.completion",
        INPUT_MESSAGES,
        OUTPUT_MESSAGES,
        "gen_ai.prompt",
        "gen_ai.retrieval.documents",
        "gen_ai.retrieval.query.text",
        SYSTEM_INSTRUCTIONS,
        TOOL_CALL_ARGUMENTS,
        TOOL_CALL_RESULT,
        super::openinference::INPUT_VALUE,
        super::openinference::OUTPUT_VALUE,
    ];
    // `gen_ai.prompt.0.content`; a prompt's name and version are none.
    const NUMBERED: [&str; 5] = [
        "gen_ai.prompt.",
        "gen_ai.completion.",
        "llm.input_messages.",
        "llm.output_messages.",
        "embedding.embeddings.",
    ];
    let is_numbered =
        |prefix: &str| name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    WHOLE.contains(&name)
        || NUMBERED.iter().any(|prefix| is_numbered(prefix))
        || name.starts_with("gen_ai.prompt.variable.")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_span_has_each_name_once() {
        for conventions in [Conventions::GenAi, Conventions::GenAiNext, Conventions::OpenInference] {
            for kind in ALL {
                let mut names = HashSet::new();
                for row in conventions.of(*kind) {
                    assert!(names.insert(row.name), "`{}` stands twice for {kind:?} in {conventions:?}", row.name);
                }
            }
        }
    }

    #[test]
    fn the_variable_asks_for_the_newest_names_among_others() {
        for (list, said) in [
            ("", None),
            ("http", None),
            ("gen_ai_latest_experimental", Some(Conventions::GenAiNext)),
            ("http/dup, gen_ai_latest_experimental ,database", Some(Conventions::GenAiNext)),
            ("gen_ai", None),
        ] {
            assert_eq!(Conventions::parse(list), said, "{list}");
        }
    }
}
