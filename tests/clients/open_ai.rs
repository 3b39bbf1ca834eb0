//! async-openai: its types as they are, made of the recorded answers by their own
//! `Deserialize`, which is what its client does.

use arc_obs::track_llm;
use async_openai::types::chat::CreateChatCompletionResponse;
use async_openai::types::embeddings::CreateEmbeddingResponse;
use async_openai::types::responses::Response;

use crate::{assert_read, call, of};

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
