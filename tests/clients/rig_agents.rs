//! rig: its models and its agents, against a server that gives the recorded answers.

use arc_obs::{record_usage, track_llm};
use arc_obs_tests::responses::Recorded;
use rig::agent::AgentBuilder;
use rig::completion::{CompletionRequest, CompletionResponse, PromptError};
use rig::core::{DynModel, operation::Completion};
use rig::providers::{anthropic::AnthropicConfig, gemini::GeminiConfig, openai::OpenAIConfig};

use crate::{assert_read, call, of, server};

/// A model of the provider whose answer this is, at a server that gives it.
fn model(recorded: &Recorded) -> DynModel<Completion> {
    let server = server::answering(recorded);
    let name = recorded.model.as_str();
    match recorded.place() {
        ("anthropic", _) => AnthropicConfig::new("key").with_base_url(server).client().completion(name).into(),
        ("gemini", _) => GeminiConfig::new("key").with_base_url(server).client().completion(name).into(),
        (_, case) if case.starts_with("responses") => {
            OpenAIConfig::new("key").with_base_url(format!("{server}/v1")).client().responses(name).into()
        }
        _ => OpenAIConfig::new("key").with_base_url(format!("{server}/v1")).client().chat(name).into(),
    }
}

#[tokio::test]
async fn rig_completion() {
    #[track_llm(model = "gpt-4o")]
    async fn ask(model: &DynModel<Completion>) -> Result<CompletionResponse, rig::error::ProviderError> {
        model.call(CompletionRequest::new("4?").max_tokens(1_000)).await
    }
    for file in [
        "openai/chat.json",
        "openai/chat_cached.json",
        "openai/chat_cache_write.json",
        "openai/chat_reasoning.json",
        "openai/chat_tool_call.json",
        "openai/responses.json",
        "openai/responses_cached.json",
        "openai/responses_tool_call.json",
        "anthropic/message.json",
        "anthropic/cached.json",
        "anthropic/tool_use.json",
        "anthropic/thinking.json",
        "gemini/generate_content.json",
        "gemini/cached.json",
        "gemini/function_call.json",
        "gemini/file_search.json",
    ] {
        let recorded = of(file);
        let model = model(&recorded);
        let call = call(async { drop(ask(&model).await.unwrap()) }).await;
        assert_read(&call, &recorded);
    }
}

/// An agent's run keeps its responses to itself and gives text: what it used is recorded.
/// It names no model, so the one in the attribute is priced.
#[tokio::test]
async fn rig_agent() {
    #[track_llm(model = "gpt-4o-2024-08-06", provider = "openai", usage = recorded)]
    async fn ask(model: DynModel<Completion>) -> Result<String, PromptError> {
        let answer = AgentBuilder::new(model).preamble("Be short.").build().prompt("4?").await?;
        record_usage(&answer);
        Ok(answer.output())
    }
    let mut recorded = of("openai/chat.json");
    let model = model(&recorded);
    let call = call(async { assert!(ask(model).await.unwrap().starts_with("The answer is 4.")) }).await;
    assert_eq!(call.cost, crate::priced(&recorded));
    recorded.response_model = None;
    assert_read(&call, &recorded);
}
