//! The recorded answers of providers in `tests/responses`, and what is expected of
//! each: `expected.json` there. Also the README's table of them.

use std::fs;
use std::path::PathBuf;

use arc_obs::Usage;
use serde::Deserialize;
use serde_json::Value;

/// One recorded answer, and what is to be read off it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// Its file in `tests/responses`: `provider/case.json`.
    pub file: String,
    /// What stands in the attribute.
    pub provider: String,
    /// What stands in the attribute.
    pub model: String,
    /// The model that the answer names.
    pub response_model: Option<String>,
    usage: Option<Counts>,
    /// What the provider itself says that it cost, in nano-dollars.
    pub reported_cost_nanos: Option<u64>,
    /// Who reads it in genai-prices, where there is anybody.
    pub genai_prices: Option<Extractor>,
    /// Why we read or price it otherwise than genai-prices does.
    pub differs: Option<String>,
    /// What it costs, where genai-prices does not say so.
    pub cost_nanos: Option<u64>,
}

/// One extractor of genai-prices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extractor {
    /// The provider's id.
    pub provider: String,
    /// `default`, or one of several shapes of the provider's.
    pub flavor: String,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    input: u64,
    output: u64,
    #[serde(default)]
    cache_read: u64,
    #[serde(default)]
    cache_write: u64,
    #[serde(default)]
    cache_write_1h: u64,
    #[serde(default)]
    reasoning: u64,
}

impl Recorded {
    /// The answer.
    ///
    /// # Panics
    ///
    /// If the file is not there or is no JSON.
    #[must_use]
    pub fn body(&self) -> Value {
        serde_json::from_str(&self.text()).unwrap_or_else(|error| panic!("{}: {error}", self.file))
    }

    /// The answer, as its bytes are.
    ///
    /// # Panics
    ///
    /// If the file is not there.
    #[must_use]
    pub fn text(&self) -> String {
        fs::read_to_string(folder().join(&self.file)).unwrap_or_else(|error| panic!("{}: {error}", self.file))
    }

    /// The usage to be read; `None` where the answer says too little.
    #[must_use]
    pub fn usage(&self) -> Option<Usage> {
        let counts = self.usage?;
        let usage = Usage::new(counts.input, counts.output).cache_read(counts.cache_read);
        let usage = usage.cache_write(counts.cache_write).cache_write_1h(counts.cache_write_1h);
        Some(usage.reasoning(counts.reasoning))
    }

    /// The folder and the case.
    #[must_use]
    pub fn place(&self) -> (&str, &str) {
        self.file.trim_end_matches(".json").split_once('/').unwrap_or((&self.file, ""))
    }
}

/// `tests/responses`.
#[must_use]
pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("responses")
}

/// All of them, in the order of `expected.json`.
///
/// # Panics
///
/// If `expected.json` is not as it should be.
#[must_use]
pub fn recorded() -> Vec<Recorded> {
    let text = fs::read_to_string(folder().join("expected.json")).unwrap_or_else(|error| panic!("{error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("expected.json: {error}"))
}

/// The one of this file.
///
/// # Panics
///
/// If there is none.
#[must_use]
pub fn of(file: &str) -> Recorded {
    let found = recorded().into_iter().find(|recorded| recorded.file == file);
    found.unwrap_or_else(|| panic!("{file} is not in expected.json"))
}
