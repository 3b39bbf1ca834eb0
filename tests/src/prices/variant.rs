//! Variants of a price: which calls they are for, as the table has it.
//!
//! genai-prices asks its caller for what a variant names, and takes the standard
//! price where it is told nothing or another word. arc-obs reads the service tier off
//! the response, and a batch is one more tier to it: no response names both.

use std::collections::BTreeMap;

/// The name of a service tier in the table.
pub(super) type Tier = &'static str;

/// What is said of a call, the word, and the tier that it is in the table.
const TIERS: [(&str, &str, Tier); 4] = [
    ("service_tier", "flex", "Flex"),
    ("service_tier", "priority", "Priority"),
    ("service_tier", "fast", "Fast"),
    ("processing", "batch", "Batch"),
];

/// Variants that price tokens and are left out, and why.
pub(super) const LEFT_OUT: [(&str, &str, &str); 1] =
    [("route", "mistral/eu", "no response says which way OpenRouter took")];

/// The tier whose calls a variant is for; none, if it is left out.
pub(super) fn tier(when: &BTreeMap<String, String>) -> Result<Option<Tier>, String> {
    let mut conditions = when.iter();
    let (Some((key, word)), None) = (conditions.next(), conditions.next()) else {
        return Err(format!("{} conditions at once, not one", when.len()));
    };
    if LEFT_OUT.iter().any(|(left, value, _)| left == key && value == word) {
        return Ok(None);
    }
    let tier = TIERS.iter().find(|(known, value, _)| known == key && value == word);
    tier.map(|(_, _, tier)| Some(*tier)).ok_or_else(|| {
        format!("prices of tokens for {key} = {word}: add it to TIERS or to LEFT_OUT (tests/src/prices/variant.rs)")
    })
}
