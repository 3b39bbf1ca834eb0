//! What is read off the responses of client crates, as their own code makes them of
//! the recorded answers of providers. The README's table names these functions: see
//! `arc_obs_tests::clients`.
#![allow(missing_docs)]

mod open_ai;
mod published;
mod pure_genai;
mod rig_agents;
mod server;

use std::time::{Duration, SystemTime};

use arc_obs::testing::{FinishedOperation, ManualClock, capture};
use arc_obs_tests::clients;
use arc_obs_tests::responses::{self, Recorded};

/// The one LLM call that is made in this future, at the date at which `providers.rs`
/// prices the same answers.
async fn call(asking: impl Future<Output = ()>) -> FinishedOperation {
    let clock = ManualClock::new();
    clock.set_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_435_200));
    let capture = capture().with_clock(&clock);
    asking.await;
    let mut calls = capture.llm_calls();
    assert_eq!(calls.len(), 1);
    calls.remove(0)
}

/// Holds a call of a client's against what is expected of the answer that it was given.
fn assert_read(call: &FinishedOperation, recorded: &Recorded) {
    assert_eq!(call.usage, recorded.usage(), "{}", recorded.file);
    assert_eq!(call.response_model, recorded.response_model, "{}", recorded.file);
    assert!(call.cost.is_some(), "{}: {:?}", recorded.file, call.unpriced);
    // The provider's own answer, returned as it is, costs the same.
    assert_eq!(call.cost, priced(recorded), "{}", recorded.file);
}

/// What the recorded answer itself costs, by the model that answered.
fn priced(recorded: &Recorded) -> Option<arc_obs::Usd> {
    macro_rules! ask {
        ($provider:literal) => {{
            #[arc_obs::track_llm(model = "the-answer-names-it", provider = $provider, unpriced)]
            fn ask(answer: serde_json::Value) -> serde_json::Value {
                answer
            }
            ask(recorded.body())
        }};
    }
    let clock = ManualClock::new();
    clock.set_date(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_435_200));
    let capture = capture().with_clock(&clock);
    match recorded.provider.as_str() {
        "openai" => ask!("openai"),
        "anthropic" => ask!("anthropic"),
        "gcp.gemini" => ask!("gcp.gemini"),
        "deepseek" => ask!("deepseek"),
        provider => panic!("add {provider}"),
    };
    capture.llm_calls()[0].cost
}

#[test]
fn every_row_of_the_readmes_table_is_a_test_here() {
    let sources = [include_str!("open_ai.rs"), include_str!("pure_genai.rs"), include_str!("rig_agents.rs")];
    for client in clients::CLIENTS {
        let test = format!("fn {}(", client.test);
        assert!(sources.iter().any(|source| source.contains(&test)), "no test is `{test}..)`");
    }
}

fn of(file: &str) -> Recorded {
    responses::of(file)
}
