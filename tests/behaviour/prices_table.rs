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

/// The attributes' look-up over what they know now.
#[path = "../../arc-obs-macros/src"]
#[allow(dead_code, clippy::duplicate_mod, reason = "the same look-up over other names; suggestions are not compared")]
mod now {
    pub mod known;
    mod models;
}

/// The same over what those of the last release knew.
#[path = "../../arc-obs-macros/src"]
#[allow(dead_code, clippy::duplicate_mod, reason = "the same look-up over other names; suggestions are not compared")]
mod before {
    pub mod known;
    mod models {
        pub use arc_obs_tests::prices::released::{PROVIDERS, Provider};
    }
}

/// The same over data that has lost some names.
#[path = "../../arc-obs-macros/src"]
#[allow(dead_code, clippy::duplicate_mod, reason = "the same look-up over other names; suggestions are not compared")]
mod after_a_loss {
    pub mod known;
    mod models {
        pub use arc_obs_tests::prices::released::Provider;

        const NONE: Provider =
            Provider { id: "", aliases: "", infers: "", fallbacks: "", rules: "", names: "\n", retired: "" };
        pub static PROVIDERS: [Provider; 3] = [
            Provider { id: "acme", infers: "a-*", names: "\na-2\n", retired: "\na-1\na-0-*\n", ..NONE },
            Provider { id: "gone", infers: "g-*", retired: "\ng-1\n", ..NONE },
            Provider { id: "third", aliases: "third*", infers: "t-*", names: "\nt-1\n", ..NONE },
        ];
    }
}

#[test]
fn what_the_last_release_knew_is_known() {
    let mut compared = 0;
    for provider in &arc_obs_tests::prices::released::PROVIDERS {
        for glob in provider.globs().flat_map(|rule| rule.split(['&', '|'])).filter(|glob| !glob.starts_with('!')) {
            let name = glob.trim_matches('*').replace('#', "1");
            for name in [format!("{}/{name}", provider.id), format!("{name}-20250102"), name] {
                for seller in [None, Some(provider.id), Some("azure")] {
                    if before::known::check(seller, &name).is_ok() {
                        assert!(now::known::check(seller, &name).is_ok(), "{name} of {seller:?} is unknown now");
                        compared += 1;
                    }
                }
            }
        }
    }
    assert!(compared > 5_000, "only {compared} names");
}

#[test]
fn a_name_that_the_data_has_lost_is_known_and_has_no_price() {
    use after_a_loss::known::{check, check_priced};
    for (provider, model) in [
        (None, "a-1"),
        (None, "A-0-x"),
        (Some("acme"), "a-1"),
        (None, "acme/a-1"),
        (None, "g-1"),
        (Some("gone"), "g-1"),
    ] {
        assert!(check(provider, model).is_ok(), "{provider:?} {model}");
        assert!(check_priced(provider, model).is_err(), "{provider:?} {model}");
    }
    for (provider, model) in [(None, "a-2"), (Some("third"), "t-1")] {
        assert!(check_priced(provider, model).is_ok(), "{provider:?} {model}");
    }
    for (provider, model) in [(None, "a-3"), (Some("third"), "a-1"), (Some("gone"), "g-2"), (Some("fourth"), "x")] {
        assert!(check(provider, model).is_err(), "{provider:?} {model}");
    }
}
