//! The price table in the repository, and the names that the attributes know, are
//! what their generator writes.
//!
//! What the table says is compared with genai-prices itself next to the code
//! that reads it, in `arc-obs/src/llm/price/oracle.rs`; the names with the table's,
//! in `arc-obs/src/llm/price/literals.rs`.

use std::fs;
use std::path::Path;

use arc_obs_tests::prices;

#[test]
fn regenerating_gives_the_committed_files() {
    let source = prices::source().unwrap();
    for file in prices::generate_all(&source).unwrap() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file.path);
        let committed = fs::read_to_string(path).unwrap();
        let differing = file.text.lines().zip(committed.lines()).find(|(new, old)| new != old);
        assert!(
            file.text == committed,
            "{} is not what genai-prices {} gives (first difference: {differing:?}); \
             run `cargo run -p arc-obs-tests --bin gen-prices`",
            file.path,
            source.provenance().version,
        );
    }
}
