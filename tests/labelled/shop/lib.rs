//! One of three crates in one program: its labels are those of another one.
#![deny(missing_docs, missing_debug_implementations, clippy::pedantic)]

use arc_obs::{track_agent, track_tool};
use arc_obs_tests_tenants::Tier;

pub use arc_obs_tests_tenants::arc_obs_labels;

/// What a shop counts besides.
#[arc_obs::metrics(prefix = "shop")]
pub mod metrics {
    /// Orders placed.
    #[counter]
    pub fn orders(tier: Tier);

    /// Time to the receipt.
    #[histogram]
    pub fn checkout_seconds(tier: Tier);

    /// Orders that wait.
    #[gauge]
    pub fn queue_length();
}

/// Sells something.
#[track_agent("sales", labels(tier = tier))]
pub async fn sell(tier: Tier) {
    deliver();
    metrics::orders(tier).inc();
    metrics::checkout_seconds(tier).observe(0.2);
}

/// An agent of the same program without labels.
#[track_agent("billing")]
pub fn bill() {}

#[track_tool("deliver")]
fn deliver() {}
