//! The price table in the repository is what its generator writes.
//!
//! What the table says is compared with genai-prices itself next to the code
//! that reads it, in `arc-obs/src/llm/price/oracle.rs`.

use arc_obs_tests::prices;

#[test]
fn regenerating_gives_the_committed_table() {
    let source = prices::source().unwrap();
    let generated = prices::generate(&source.json, source.provenance()).unwrap();
    let committed = include_str!("../../arc-obs/src/llm/price/table.rs");
    let differing = generated.lines().zip(committed.lines()).find(|(new, old)| new != old);
    assert!(
        generated == committed,
        "table.rs is not what genai-prices {} gives (first difference: {differing:?}); \
         run `cargo run -p arc-obs-tests --bin gen-prices`",
        source.provenance().version,
    );
}
