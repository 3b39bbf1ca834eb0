//! One of three crates in one program: it has labels of its own, one of which is called as
//! one of another crate's, and has other values.
#![deny(missing_docs, missing_debug_implementations, clippy::pedantic)]

use arc_obs::{Capped, InRange, track_agent, track_tool};

arc_obs::labels! {
    #![sample_limit = 2_000]
    tier: InRange<1, 3>,
    index: Capped<10>,
}

/// Searches an index.
#[must_use]
#[track_tool("search", labels(tier = tier, index = index))]
pub fn search(tier: u8, index: &str) -> usize {
    index.len() + usize::from(tier)
}

/// Searches all that there are.
#[track_agent("searcher", labels(tier = tier))]
pub fn search_all(tier: u8) {
    let _ = search(tier, "news");
    let _ = search(tier, "mail");
}
