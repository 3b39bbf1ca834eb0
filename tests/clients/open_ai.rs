//! async-openai: its types as they are, made of the recorded answers by their own
//! `Deserialize`, which is what its client does.

use arc_obs::testing::FinishReason;
use arc_obs::{Status, Usage, track_llm};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, ChatCompletionResponseStream, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs, CreateChatCompletionResponse,
};
use async_openai::types::embeddings::CreateEmbeddingResponse;
use async_openai::types::responses::Response;

use futures::StreamExt as _;

use crate::{assert_read, call, of, server};

type Answer<T> = Result<T, serde_json::Error>;

#[tokio::test]
async fn async_openai_chat() {
    #[track_llm(model = "gpt-4o", provider = "openai")]
    async fn ask(body: &str) -> Answer<CreateChatCompletionResponse> {
        serde_json::from_str(body)
    }
    for case in ["chat", "chat_cached", "chat_cache_write", "chat_reasoning", "chat_tool_call"] {
        let recorded = of(&format!("openai/{case}.json"));
        let call = call(async { drop(ask(&recorded.text()).await.unwrap()) }).await;
        assert_read(&call, &recorded);
    }
}

#[tokio::test]
async fn async_openai_responses() {
    #[track_llm(model = "gpt-5.4", provider = "openai")]
    async fn ask(body: &str) -> Answer<Response> {
        serde_json::from_str(body)
    }
    for case in ["responses", "responses_cached", "responses_tool_call"] {
        let recorded = of(&format!("openai/{case}.json"));
        let call = call(async { drop(ask(&recorded.text()).await.unwrap()) }).await;
        assert_read(&call, &recorded);
    }
}

#[tokio::test]
async fn async_openai_embeddings() {
    #[track_llm(model = "text-embedding-3-small", provider = "openai", operation = "embeddings")]
    async fn embed(body: &str) -> Answer<CreateEmbeddingResponse> {
        serde_json::from_str(body)
    }
    for case in ["embeddings", "embeddings_large"] {
        let recorded = of(&format!("openai/{case}.json"));
        let call = call(async { drop(embed(&recorded.text()).await.unwrap()) }).await;
        assert_read(&call, &recorded);
    }
}

fn question() -> CreateChatCompletionRequest {
    let message = ChatCompletionRequestUserMessage::from("4?").into();
    CreateChatCompletionRequestArgs::default().model("gpt-4o").messages(vec![message]).build().unwrap()
}

fn client(address: &str) -> Client<OpenAIConfig> {
    Client::with_config(OpenAIConfig::new().with_api_key("none").with_api_base(format!("{address}/v1")))
}

/// Its own stream type, an alias that the attribute cannot see through.
#[tokio::test]
async fn async_openai_stream() {
    #[track_llm(model = "gpt-4o", provider = "openai", stream)]
    async fn ask(
        client: &Client<OpenAIConfig>,
        request: CreateChatCompletionRequest,
    ) -> Result<ChatCompletionResponseStream, OpenAIError> {
        client.chat().create_stream(request).await
    }
    for (file, usage, reason) in [
        ("openai_chat", Some(Usage::new(48, 14).cache_read(32).reasoning(6)), FinishReason::Stop),
        ("openai_chat_without_include_usage", None, FinishReason::Stop),
        ("openai_chat_tool_call", Some(Usage::new(82, 17)), FinishReason::ToolCalls),
        ("vllm_continuous_usage", Some(Usage::new(31, 5)), FinishReason::Stop),
    ] {
        let client = client(&server::streaming(file));
        let call = call(async {
            let mut stream = ask(&client, question()).await.unwrap();
            while let Some(chunk) = stream.next().await {
                chunk.unwrap();
            }
        })
        .await;
        assert_eq!((call.usage, call.finish_reason), (usage, Some(reason)), "{file}");
        assert_eq!((call.usage_missing, call.status), (usage.is_none(), Status::Success), "{file}");
        assert!(call.chunks > Some(3) && call.time_to_first_chunk.is_some(), "{file}");
    }
    // A client that cannot connect has no stream.
    let nobody = client("http://127.0.0.1:9");
    let call = call(async { assert!(ask(&nobody, question()).await.is_err()) }).await;
    assert_eq!((call.status, call.chunks), (Status::Error, Some(0)));
}
