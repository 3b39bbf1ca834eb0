//! The generator of the price table, `arc-obs/src/llm/price/table.rs`, and of the
//! names that the attributes know, `arc-obs-macros/src/models.rs`.
//!
//! It reads the data file of the locked genai-prices crate and writes static
//! arrays of whole numbers and simple rules. Whatever it cannot translate
//! exactly is an error that names the place, never a guess: a price table is
//! only worth having when nobody has to wonder about it.
//!
//! Called by the command `gen-prices` and by the test that compares what it
//! writes with the file in the repository. It downloads nothing.

mod data;
mod emit;
mod known_names;
mod models;
mod pattern;
mod rate;
mod rule;
mod source;
mod table;
mod variant;

pub use known_names::{known_names, lost};
pub use models::generate_models;
pub use source::{Source, source};

/// Where the data comes from, for the header of the table.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    /// The version of the genai-prices crate.
    pub version: &'a str,
    /// The commit it was published from, if it says so.
    pub commit: Option<&'a str>,
    /// The sha256 of the data file, in hexadecimal.
    pub sha256: &'a str,
}

/// The models that upstream has removed, which stay known: see `tests/models/README.md`.
const RETIRED: &str = include_str!("../../models/retired.json");

/// One file that is generated.
#[derive(Debug)]
pub struct Generated {
    /// Its path in the repository.
    pub path: &'static str,
    /// What is in it.
    pub text: String,
}

/// All that is generated from the data.
///
/// # Errors
///
/// As [`generate`] and [`generate_models`].
pub fn generate_all(source: &Source) -> Result<[Generated; 2], String> {
    let (json, provenance) = (&source.json, source.provenance());
    Ok([
        Generated { path: "arc-obs/src/llm/price/table.rs", text: generate(json, provenance)? },
        Generated { path: "arc-obs-macros/src/models.rs", text: generate_models(json, provenance)? },
    ])
}

/// Where the data is from, for the head of a file.
fn provenance_lines(provenance: Provenance<'_>) -> String {
    let Provenance { version, commit, sha256 } = provenance;
    let commit = commit.map(|commit| format!("//! commit {commit},\n")).unwrap_or_default();
    format!(
        "\
//! It is the data of genai-prices {version} (<https://github.com/pydantic/genai-prices>),
{commit}\
//! sha256 of its `data/prices.json`
//! {sha256}.
//! That data is under the MIT licence, copyright (c) Pydantic Services Inc. 2025
//! to present; the text of the licence is in `LICENSE-genai-prices`.
"
    )
}

/// The text of `table.rs` for a `prices.json` of genai-prices.
///
/// # Errors
///
/// What in the data cannot be translated, with the provider and model it was
/// found at.
pub fn generate(json: &[u8], provenance: Provenance<'_>) -> Result<String, String> {
    let providers = data::with_retired(data::read(json)?, RETIRED)?;
    let table = table::Table::build(&providers)?;
    if let Some((listed, _)) = rate::ROUNDED.iter().find(|(listed, _)| !table.rounded.contains(listed)) {
        return Err(format!("no price is {listed} any more: take it out of ROUNDED (tests/src/prices/rate.rs)"));
    }
    Ok(emit::emit(&table, provenance))
}

#[cfg(test)]
mod tests;
