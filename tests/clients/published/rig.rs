//! From rig-core 0.44.0, `src/lib.rs`, and from rig-agent 0.44.0, `src/lib.rs`,
//! `examples/runtime_model_routing.rs` and `examples/retry_on_truncation.rs`: Copyright (c)
//! 2024 Playgrounds Analytics Inc., MIT (`LICENSE-MIT` beside this file). Left out are their
//! `main` and the models that they script; the paths of imports are those of `rig`.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_obs::{Status, Usage, testing, traced, track_agent, track_llm, track_tool};
use rig::agent::{
    Agent, AgentBuilder, AgentHook, CompletionCallAction, CompletionCallEvent, HookContext, ModelTurnAction,
    ModelTurnFinished, PromptResponse, RequestPatch,
};
use rig::completion::{CompletionRequest, CompletionResponse, FinishReason, PromptError};
use rig::core::DynModel;
use rig::core::message::AssistantContent;
use rig::core::operation::Completion;
use rig::error::ProviderError;
use rig::providers::openai::OpenAIConfig;
use rig::tool::{Tool, ToolContext};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server;

#[track_llm(model = "gpt-4o", provider = "openai")]
async fn ask(model: &DynModel<Completion>) -> Result<CompletionResponse, ProviderError> {
    let request = CompletionRequest::new("Who are you?");
    model.call(request).await
}

#[traced]
fn assistant(model: impl Into<DynModel<Completion>>) -> Agent {
    AgentBuilder::new(model).preamble("Be concise.").build()
}

#[derive(Deserialize)]
struct SearchArgs {
    query: String,
}

#[derive(Clone)]
struct Search;

impl Tool for Search {
    const NAME: &'static str = "search";
    type Args = SearchArgs;
    type Output = String;
    type Error = Infallible;

    fn description(&self) -> String {
        "Return deterministic research evidence".to_owned()
    }

    fn parameters(&self) -> serde_json::Value {
        serde_json::json!({
            "type": "object",
            "properties": {"query": {"type": "string"}},
            "required": ["query"]
        })
    }

    #[track_tool("search")]
    async fn call(
        &self,
        _context: &mut ToolContext,
        args: Self::Args,
    ) -> Result<Self::Output, Self::Error> {
        Ok(format!("evidence for {}", args.query))
    }
}

/// Doubles the output cap each time the provider truncates a turn, up to a
/// ceiling. Provider-neutral: it reads only `FinishReason` and `max_tokens`.
struct GrowCapOnTruncation {
    cap: AtomicU64,
    ceiling: u64,
}

#[traced]
impl GrowCapOnTruncation {
    fn new(start: u64, ceiling: u64) -> Self {
        Self {
            cap: AtomicU64::new(start),
            ceiling,
        }
    }
}

#[traced]
impl AgentHook for GrowCapOnTruncation {
    /// Every attempt — including a retry — is prepared afresh, so the current
    /// cap is applied here and reported back on that attempt's
    /// `ModelTurnFinished`.
    async fn on_completion_call(
        &self,
        _ctx: &HookContext,
        _event: CompletionCallEvent<'_>,
    ) -> CompletionCallAction {
        CompletionCallAction::patch(
            RequestPatch::new().max_tokens(self.cap.load(Ordering::Relaxed)),
        )
    }

    async fn on_model_turn_finished(
        &self,
        _ctx: &HookContext,
        event: ModelTurnFinished<'_>,
    ) -> ModelTurnAction {
        let reason = event.finish_reason;
        println!(
            "  turn {} · cap {:?} · stopped: {:?}",
            event.turn, event.max_tokens, reason
        );

        // `truncated_output()` is `Length | ContentFilter` — the reasons that
        // mean "cut short" rather than "finished". It is the same predicate
        // rig-agent uses internally, so the two cannot drift.
        let truncated = reason.is_some_and(FinishReason::truncated_output);
        // Retrying a turn that carries tool calls is rejected, so a policy that
        // might encounter one has to check before asking.
        let has_tool_call = event
            .content
            .iter()
            .any(|content| matches!(content, AssistantContent::ToolCall(_)));
        // `max_tokens` is *this* attempt's cap, patch included — growing past
        // the ceiling would be retrying a limit we already know we can't raise.
        let room = event.max_tokens.is_none_or(|cap| cap < self.ceiling);

        if truncated && !has_tool_call && room {
            let grown = event
                .max_tokens
                .map_or(self.ceiling, |cap| cap.saturating_mul(2).min(self.ceiling));
            self.cap.store(grown, Ordering::Relaxed);
            println!("  ↳ truncated with room to grow; retrying at {grown}");
            return ModelTurnAction::repeat();
        }
        ModelTurnAction::continue_run()
    }
}

// From here on it is ours.

fn model(answers: impl IntoIterator<Item = Value>) -> DynModel<Completion> {
    let server = server::answering_each(answers.into_iter().map(|answer| answer.to_string()));
    OpenAIConfig::new("key").with_base_url(format!("{server}/v1")).client().chat("gpt-4o").into()
}

fn answer(message: &Value, finish_reason: &str) -> Value {
    json!({
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_784_092_252,
        "model": "gpt-4o-2024-08-06",
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason }],
        "usage": { "prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25 },
    })
}

fn says(text: &str, finish_reason: &str) -> Value {
    answer(&json!({ "role": "assistant", "content": text }), finish_reason)
}

fn ended(capture: &testing::Capture) -> Vec<(String, Status)> {
    capture.operations().into_iter().map(|operation| (operation.name, operation.status)).collect()
}

#[tokio::test]
async fn the_call_of_rig() {
    let model = model([says("Rig.", "stop")]);
    let capture = testing::capture();
    assert_eq!(ask(&model).await.unwrap().usage.input_tokens, Some(20));
    let call = &capture.llm_calls()[0];
    assert_eq!((call.status, call.usage), (Status::Success, Some(Usage::new(20, 5))));
    assert_eq!(call.cost, arc_obs::Usd::from_dollars(0.0001));
}

#[tokio::test]
async fn the_call_of_rig_fails() {
    let model = model([]);
    let capture = testing::capture();
    assert!(ask(&model).await.is_err());
    assert_eq!(ended(&capture), [("gpt-4o".to_owned(), Status::Error)]);
}

#[tokio::test]
async fn the_tool_of_rig() {
    let call = json!({ "id": "call_1", "type": "function", "function": { "name": "search", "arguments": "{\"query\":\"tea\"}" } });
    let called = answer(&json!({ "role": "assistant", "content": null, "tool_calls": [call] }), "tool_calls");
    let model = model([called, says("Evidence.", "stop")]);

    #[track_agent("rig_researcher")]
    async fn research(agent: Agent) -> Result<PromptResponse, PromptError> {
        agent.prompt("Research this").max_turns(2).await
    }
    let capture = testing::capture();
    assert_eq!(assistant(model.clone()).name(), None);
    let agent = AgentBuilder::new(model).tool(Search).build();
    assert_eq!(research(agent).await.unwrap().output(), "Evidence.");
    let expected = [("assistant", Status::Success), ("search", Status::Success), ("rig_researcher", Status::Success)];
    assert_eq!(ended(&capture), expected.map(|(name, status)| (name.to_owned(), status)));
    assert_eq!(capture.operations()[1].agent.as_deref(), Some("rig_researcher"));
}

#[tokio::test]
async fn the_hook_of_rig() {
    let model = model([says("Rig norm", "length"), says("Rig normalizes.", "stop")]);
    let capture = testing::capture();
    let agent = AgentBuilder::new(model).add_hook(GrowCapOnTruncation::new(8, 256)).build();
    let answer = agent.prompt("Explain Rig's finish reasons.").max_turns(8).await.unwrap();
    assert_eq!(answer.output(), "Rig normalizes.");
    let names: Vec<_> = capture.operations().into_iter().map(|operation| operation.name).collect();
    let turn = ["GrowCapOnTruncation::on_completion_call", "GrowCapOnTruncation::on_model_turn_finished"];
    assert_eq!(names, [&["GrowCapOnTruncation::new"][..], &turn, &turn].concat());
}
