//! genai: its client, against a server that gives the recorded answers.

use arc_obs::testing::FinishReason;
use arc_obs::{ObservedStream, Usage, observe_stream, track_llm};
use futures::StreamExt as _;
use genai::adapter::AdapterKind;
use genai::chat::{ChatOptions, ChatRequest, ChatResponse, ChatStream};
use genai::embed::EmbedResponse;
use genai::resolver::{AuthData, Endpoint, ServiceTargetResolver};
use genai::{Client, ModelIden, ServiceTarget};

use crate::{assert_read, call, of, server};

/// A client that asks this server in this provider's way.
pub(crate) fn client(adapter: AdapterKind, endpoint: String) -> Client {
    let resolver = ServiceTargetResolver::from_resolver_fn(
        move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
            let model = ModelIden::new(adapter, target.model.model_name);
            Ok(ServiceTarget {
                endpoint: Endpoint::from_owned(endpoint.clone()),
                auth: AuthData::from_single("key"),
                model,
            })
        },
    );
    Client::builder().with_service_target_resolver(resolver).build().unwrap()
}

#[track_llm(model = "gpt-4o")]
async fn ask(client: &Client, model: &str) -> genai::Result<ChatResponse> {
    client.exec_chat(model, ChatRequest::from_user("4?"), None).await
}

#[tokio::test]
async fn genai_chat() {
    for (adapter, path, file) in [
        (AdapterKind::OpenAI, "/v1/", "openai/chat.json"),
        (AdapterKind::OpenAI, "/v1/", "openai/chat_cached.json"),
        (AdapterKind::OpenAI, "/v1/", "openai/chat_cache_write.json"),
        (AdapterKind::OpenAI, "/v1/", "openai/chat_reasoning.json"),
        (AdapterKind::OpenAI, "/v1/", "openai/chat_tool_call.json"),
        (AdapterKind::OpenAIResp, "/v1/", "openai/responses_cached.json"),
        (AdapterKind::OpenAIResp, "/v1/", "openai/responses_tool_call.json"),
        (AdapterKind::Anthropic, "/v1/", "anthropic/message.json"),
        (AdapterKind::Anthropic, "/v1/", "anthropic/cached.json"),
        (AdapterKind::Anthropic, "/v1/", "anthropic/cached_one_hour.json"),
        (AdapterKind::Anthropic, "/v1/", "anthropic/tool_use.json"),
        (AdapterKind::Anthropic, "/v1/", "anthropic/thinking.json"),
        (AdapterKind::Gemini, "/v1beta/", "gemini/generate_content.json"),
        (AdapterKind::Gemini, "/v1beta/", "gemini/cached.json"),
        (AdapterKind::Gemini, "/v1beta/", "gemini/function_call.json"),
        (AdapterKind::Gemini, "/v1beta/", "gemini/file_search.json"),
        (AdapterKind::DeepSeek, "/v1/", "deepseek/reasoning.json"),
    ] {
        let recorded = of(file);
        let client = client(adapter, format!("{}{path}", server::answering(&recorded)));
        let call = call(async { drop(ask(&client, &recorded.model).await.unwrap()) }).await;
        assert_read(&call, &recorded);
    }
}

#[tokio::test]
async fn genai_embeddings() {
    #[track_llm(model = "text-embedding-3-small", provider = "openai", operation = "embeddings")]
    async fn embed(client: &Client, model: &str) -> genai::Result<EmbedResponse> {
        client.embed(model, "tea", None).await
    }
    let recorded = of("openai/embeddings_large.json");
    let client = client(AdapterKind::OpenAI, format!("{}/v1/", server::answering(&recorded)));
    let call = call(async { drop(embed(&client, &recorded.model).await.unwrap()) }).await;
    assert_read(&call, &recorded);
}

/// Its stream is of a type of its own: the body observes it.
#[tokio::test]
async fn genai_stream() {
    #[track_llm(model = "gpt-4o", stream = observed)]
    async fn ask(client: &Client, model: &str) -> genai::Result<ObservedStream<ChatStream>> {
        let options = ChatOptions::default().with_capture_usage(true);
        let response = client.exec_chat_stream(model, ChatRequest::from_user("4?"), Some(&options)).await?;
        Ok(observe_stream(response.stream))
    }
    for (adapter, path, model, file, usage) in [
        (AdapterKind::OpenAI, "/v1/", "gpt-4o", "openai_chat", Usage::new(48, 14).cache_read(32).reasoning(6)),
        (AdapterKind::Anthropic, "/v1/", "claude-sonnet-4-5", "anthropic_message", Usage::new(51, 162)),
    ] {
        let client = client(adapter, format!("{}{path}", server::streaming(file)));
        let call = call(async {
            let mut stream = ask(&client, model).await.unwrap();
            while let Some(event) = stream.next().await {
                event.unwrap();
            }
        })
        .await;
        assert_eq!((call.usage, call.finish_reason), (Some(usage), Some(FinishReason::Stop)), "{file}");
    }
}
