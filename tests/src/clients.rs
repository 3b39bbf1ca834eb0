//! The client crates whose responses are read, one row each: what a user returns, and
//! how. The tests in `tests/clients` are named after them, and the README's table is
//! made of them and of the recorded answers (`responses`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::responses::{self, Recorded};

/// Responses of a client crate, and the test that shows how they are read.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    /// The crate.
    pub name: &'static str,
    /// The type, as it is in the crate.
    pub response: &'static str,
    /// What is read off it.
    pub read: &'static str,
    /// What a user writes.
    pub how: &'static str,
    /// The test that shows it.
    pub test: &'static str,
}

const RETURN_IT: &str = "return it as it is";

/// All of them.
pub const CLIENTS: [Client; 7] = [
    async_openai("`CreateChatCompletionResponse`", "async_openai_chat"),
    async_openai("`Response`", "async_openai_responses"),
    async_openai("`CreateEmbeddingResponse`", "async_openai_embeddings"),
    genai("`ChatResponse`", "genai_chat"),
    genai("`EmbedResponse`", "genai_embeddings"),
    Client {
        name: "rig",
        response: "`CompletionResponse`",
        read: "what its provider tells (below), but not which cache writes are kept for an hour, nor the cost",
        how: RETURN_IT,
        test: "rig_completion",
    },
    Client {
        name: "rig",
        response: "`PromptResponse` of an `Agent`",
        read: "the same, summed over its calls, without the model: the one in the attribute is priced",
        how: "return it as it is; or return its text, with `usage = recorded` and `record_usage(&response)` before",
        test: "rig_agent",
    },
];

const fn async_openai(response: &'static str, test: &'static str) -> Client {
    Client { name: "async-openai", response, read: "what its provider tells (below)", how: RETURN_IT, test }
}

const fn genai(response: &'static str, test: &'static str) -> Client {
    Client { name: "genai", response, read: "what its provider tells (below), but not the cost", how: RETURN_IT, test }
}

/// The folders of `tests/responses`, as the table calls them, in its order.
const PROVIDERS: [(&str, &str); 24] = [
    ("openai", "OpenAI: chat, responses, embeddings"),
    ("azure", "Azure OpenAI"),
    ("anthropic", "Anthropic"),
    ("gemini", "Gemini"),
    ("vertex", "Vertex AI"),
    ("bedrock", "Bedrock Converse"),
    ("mistral", "Mistral"),
    ("cohere", "Cohere: chat v2, embeddings"),
    ("ollama", "Ollama's own API"),
    ("openrouter", "OpenRouter"),
    ("groq", "Groq"),
    ("deepseek", "DeepSeek"),
    ("xai", "xAI"),
    ("perplexity", "Perplexity"),
    ("moonshotai", "Moonshot"),
    ("fireworks", "Fireworks"),
    ("together", "Together"),
    ("huggingface", "Hugging Face"),
    ("cerebras", "Cerebras"),
    ("cloudflare", "Cloudflare Workers AI"),
    ("databricks", "Databricks"),
    ("zai", "Z.ai"),
    ("minimax", "MiniMax"),
    ("voyage", "Voyage"),
];

/// The README's table: which answers and which types are read, and what of each.
///
/// # Panics
///
/// If a folder of `tests/responses` has no title above, or a crate no version.
#[must_use]
pub fn table() -> String {
    let mut folders: BTreeMap<String, Vec<Recorded>> = BTreeMap::new();
    for recorded in responses::recorded() {
        folders.entry(recorded.place().0.to_owned()).or_default().push(recorded);
    }
    // Providers of which the same is read share a row.
    let mut rows: Vec<(String, String)> = Vec::new();
    for (folder, title) in PROVIDERS {
        let Some(answers) = folders.remove(folder) else { panic!("nothing in {folder}") };
        let read = what_is_read(&answers);
        match rows.iter_mut().find(|(_, others)| *others == read) {
            Some((titles, _)) => titles.push_str(&format!("; {title}")),
            None => rows.push((title.to_owned(), read)),
        }
    }
    assert!(folders.is_empty(), "give them a title: {:?}", folders.keys());

    let mut table = "| client or provider | what is read | how you annotate it |\n|---|---|---|\n".to_owned();
    let mut clients = CLIENTS.iter().peekable();
    while let Some(Client { name, response, read, how, .. }) = clients.next() {
        let mut responses = (*response).to_owned();
        while let Some(same) = clients.next_if(|next| (next.name, next.read, next.how) == (*name, *read, *how)) {
            let _ = write!(responses, ", {}", same.response);
        }
        let _ = writeln!(table, "| {name} {}: {responses} | {read} | {how} |", version_of(name));
    }
    for (titles, read) in rows {
        let _ = writeln!(table, "| {titles} | {read} | return the JSON as it is |");
    }
    table
}

/// What these answers tell: whatever is told by any of them.
fn what_is_read(answers: &[Recorded]) -> String {
    let any = |tells: &dyn Fn(&Recorded) -> bool| answers.iter().any(tells);
    let told = |count: fn(&arc_obs::Usage) -> u64| any(&|answer| answer.usage().is_some_and(|usage| count(&usage) > 0));
    if answers.iter().all(|answer| answer.usage().is_none()) {
        return "no tokens, counted as missing: it reports a total and not what of it is input".to_owned();
    }
    let parts = [
        (told(|usage| usage.input_tokens), "input"),
        (told(|usage| usage.output_tokens), "output"),
        (told(|usage| usage.cache_read_tokens), "cache reads"),
        (told(|usage| usage.cache_write_tokens), "cache writes"),
        (told(|usage| usage.cache_write_1h_tokens), "those kept for an hour"),
        (told(|usage| usage.reasoning_tokens), "reasoning"),
        (any(&|answer| answer.response_model.is_some()), "model"),
        (any(&|answer| answer.reported_cost_nanos.is_some()), "the provider's own cost"),
    ];
    let parts: Vec<_> = parts.into_iter().filter_map(|(told, part)| told.then_some(part)).collect();
    parts.join(", ")
}

/// The version of a crate that the tests are built with, without its patch.
fn version_of(name: &str) -> String {
    let lock = include_str!("../../Cargo.lock");
    let entry = format!("name = \"{name}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split_once('"')).map(|(version, _)| version);
    let Some(version) = version else { panic!("{name} is not in Cargo.lock") };
    version.rsplit_once('.').map_or(version, |(minor, _)| minor).to_owned()
}
