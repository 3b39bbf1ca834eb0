//! One of three crates in one program: it declares labels that another one imports.
#![deny(missing_docs, missing_debug_implementations, clippy::pedantic)]

use arc_obs::{LabelValue, track_agent};

arc_obs::labels! {
    tier: Tier,
    // A type that nobody outside of this crate can name.
    beta: Beta,
}

/// What a customer pays for.
#[derive(Clone, Copy, Debug, LabelValue)]
pub enum Tier {
    /// Nothing.
    Free,
    /// Something.
    Paid,
}

#[derive(Clone, Copy, LabelValue)]
enum Beta {
    Off,
    On,
}

/// Answers a question of a customer's.
#[must_use]
#[track_agent("support", labels(tier = tier, beta = if question.is_empty() { Beta::Off } else { Beta::On }))]
pub fn support(tier: Tier, question: &str) -> String {
    question.to_uppercase()
}
