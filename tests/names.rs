//! More names than a program keeps apart: in a process of its own, which has no others
//! after that.
#![allow(missing_docs)]

use arc_obs::Usage;

#[test]
fn junk_takes_no_price_from_a_model() {
    let capture = arc_obs::testing::capture();
    let call = |model: &str| arc_obs::llm(model).run_sync_with(|| (), |()| Usage::new(1_000, 500));
    for junk in 0..5_000 {
        call(&format!("junk-{junk}"));
    }
    call("gpt-4o");
    call("gpt-4o");
    let calls = capture.llm_calls();
    assert_eq!(calls.len(), 5_002);
    let last = calls.last().unwrap();
    assert_eq!((last.name.as_str(), last.cost.unwrap().to_string().as_str()), ("gpt-4o", "$0.0075"));
    assert_eq!(calls[4_999].name, "other", "junk is bounded");
}
