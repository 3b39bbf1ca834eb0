//! The client crates whose responses are read, one row each: what a user returns, and
//! how. The tests in `tests/clients` are named after them, and the README's table is
//! made of them and of the recorded answers (`responses`).

/// One kind of response of a client crate.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The crate.
    pub name: &'static str,
    /// The types, as they are in the crate.
    pub types: &'static str,
    /// What a user writes.
    pub how: &'static str,
    /// The test that shows it.
    pub test: &'static str,
}

/// What a function returns that hands on what the client gave it.
const RETURN_IT: &str = "return it as it is";

/// All of them.
pub const CLIENTS: [Client; 7] = [
    Client { name: "async-openai", types: "`CreateChatCompletionResponse`", how: RETURN_IT, test: "async_openai_chat" },
    Client { name: "async-openai", types: "`Response`", how: RETURN_IT, test: "async_openai_responses" },
    Client {
        name: "async-openai",
        types: "`CreateEmbeddingResponse`",
        how: RETURN_IT,
        test: "async_openai_embeddings",
    },
    Client { name: "genai", types: "`ChatResponse`", how: RETURN_IT, test: "genai_chat" },
    Client { name: "genai", types: "`EmbedResponse`", how: RETURN_IT, test: "genai_embeddings" },
    Client { name: "rig", types: "`CompletionResponse`", how: RETURN_IT, test: "rig_completion" },
    Client {
        name: "rig",
        types: "`PromptResponse` of an `Agent`",
        how: "return it as it is, or `usage = recorded` and `record_usage(&response)` before its text is returned",
        test: "rig_agent",
    },
];
