//! One of three crates in one program: its labels are those of another one.
#![deny(missing_docs, missing_debug_implementations, clippy::pedantic)]

use arc_obs::{track_agent, track_tool};
use arc_obs_tests_tenants::Tier;

pub use arc_obs_tests_tenants::arc_obs_labels;

/// Sells something.
#[track_agent("sales", labels(tier = tier))]
pub async fn sell(tier: Tier) {
    deliver();
}

/// An agent of the same program without labels.
#[track_agent("billing")]
pub fn bill() {}

#[track_tool("deliver")]
fn deliver() {}
