//! rig: its models and its agents, against a server that gives the recorded answers.

use arc_obs::{record_usage, track_llm};
use arc_obs_tests::responses::Recorded;
use rig::agent::{AgentBuilder, PromptResponse};
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

/// Its types have no room for how long a cache write is kept.
#[tokio::test]
async fn rig_forgets_which_writes_are_kept_for_an_hour() {
    #[track_llm(model = "claude-sonnet-4-5", usage = recorded)]
    async fn ask(model: DynModel<Completion>) {
        record_usage(&model.call(CompletionRequest::new("4?").max_tokens(1_000)).await.unwrap());
    }
    let recorded = of("anthropic/cached_one_hour.json");
    let model = model(&recorded);
    let call = call(ask(model)).await;
    assert_eq!(call.usage, recorded.usage().map(|usage| usage.cache_write_1h(0)));
}

/// An agent's run names no model, so the one in the attribute is priced.
#[tokio::test]
async fn rig_agent() {
    #[track_llm(model = "gpt-4o-2024-08-06", provider = "openai")]
    async fn as_it_is(model: DynModel<Completion>) -> Result<PromptResponse, PromptError> {
        AgentBuilder::new(model).preamble("Be short.").build().prompt("4?").await
    }
    #[track_llm(model = "gpt-4o-2024-08-06", provider = "openai", usage = recorded)]
    async fn its_text(model: DynModel<Completion>) -> Result<String, PromptError> {
        let answer = AgentBuilder::new(model).preamble("Be short.").build().prompt("4?").await?;
        record_usage(&answer);
        Ok(answer.output())
    }
    let recorded = of("openai/chat.json");
    let mut nameless = recorded.clone();
    nameless.response_model = None;
    let first = model(&recorded);
    assert_read(&call(async { drop(as_it_is(first).await.unwrap()) }).await, &nameless);
    let second = model(&recorded);
    let text = async { assert!(its_text(second).await.unwrap().starts_with("The answer is 4.")) };
    assert_read(&call(text).await, &nameless);
}

/// rig prices answers by a catalogue of its own; only what providers say is taken for
/// their word.
#[tokio::test]
async fn rig_estimates_are_not_the_providers_cost() {
    #[track_llm(model = "a-model-without-a-price", unpriced, usage = recorded)]
    async fn ask(model: DynModel<Completion>) -> Option<f64> {
        let answer = model.call(CompletionRequest::new("4?")).await.unwrap();
        // Without the model's name, which would be priced.
        record_usage(&serde_json::json!({ "usage": answer.usage }));
        answer.usage.cost.map(|cost| cost.total)
    }
    let recorded = of("openai/chat.json");
    let model = model(&recorded);
    let call = call(async { assert!(ask(model).await.is_some()) }).await;
    assert_eq!((call.usage, call.cost), (recorded.usage(), None));
}
