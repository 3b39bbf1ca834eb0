//! From async-openai 0.43.0, `tests/boxed_future.rs`, `tests/chat_completion.rs` and
//! `tests/embeddings.rs`: Copyright (c) Himanshu Neema, MIT (`LICENSE-MIT` beside this file).

use arc_obs::{Status, testing, traced, track_tool};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::chat::Prompt;
use async_openai::types::completions::{CompletionResponseStream, CreateCompletionRequestArgs};
use async_openai::types::embeddings::EmbeddingInput;
use futures::StreamExt;
use futures::future::{BoxFuture, FutureExt};
use serde_json::json;

use crate::server;

#[track_tool("interpret_bool")]
fn interpret_bool(token_stream: &mut CompletionResponseStream) -> BoxFuture<'_, bool> {
    async move {
        while let Some(response) = token_stream.next().await {
            match response {
                Ok(response) => {
                    let token_str = &response.choices[0].text.trim();
                    if !token_str.is_empty() {
                        return token_str.contains("yes") || token_str.contains("Yes");
                    }
                }
                Err(e) => eprintln!("Error: {e}"),
            }
        }
        false
    }
    .boxed()
}

#[traced]
fn prompt_input<T>(input: T) -> Prompt
where
    Prompt: From<T>,
{
    input.into()
}

#[traced]
fn embedding_input<T>(input: T) -> EmbeddingInput
where
    EmbeddingInput: From<T>,
{
    input.into()
}

// From here on it is ours.

#[tokio::test]
async fn the_boxed_future_of_async_openai() {
    let event = |text: &str| {
        let choice = json!({ "text": text, "index": 0, "logprobs": null, "finish_reason": null });
        let event = json!({ "id": "cmpl-1", "object": "text_completion", "created": 1, "model": "gpt-3.5-turbo-instruct", "choices": [choice] });
        format!("data: {event}\n\n")
    };
    let server = server::answering_each([event(" ") + &event("\n") + &event("yes") + "data: [DONE]\n\n"]);
    let client = Client::with_config(OpenAIConfig::new().with_api_key("key").with_api_base(format!("{server}/v1")));
    let capture = testing::capture();
    let prompt = prompt_input("does 2 and 2 add to four? (yes/no):\n");
    let mut request = CreateCompletionRequestArgs::default().model("gpt-3.5-turbo-instruct").build().unwrap();
    request.prompt = prompt;
    let mut stream = client.completions().create_stream(request).await.unwrap();

    let answered = interpret_bool(&mut stream);
    assert_eq!(capture.operations().len(), 1, "counted before it was waited for");
    assert!(answered.await);
    let ended: Vec<_> = capture.operations().into_iter().map(|operation| (operation.name, operation.status)).collect();
    assert_eq!(ended, [("prompt_input".to_owned(), Status::Success), ("interpret_bool".to_owned(), Status::Success)]);
}

#[test]
fn the_generic_functions_of_async_openai() {
    let capture = testing::capture();
    assert_eq!(prompt_input(vec!["first", "second"]), prompt_input(["first".to_owned(), "second".to_owned()]));
    let (s1, s2, s3) = ([1, 2, 3], [4, 5, 6], [7, 8, 9]);
    assert_eq!(embedding_input([&s1, &s2, &s3]), embedding_input(vec![s1, s2, s3]));
    assert_eq!(capture.operations().len(), 4);
}
