//! `fields(..)`, `on_success(..)`, `on_error(..)` and `set_field!`.

use arc_obs::testing::{self, FinishedOperation};
use arc_obs::{set_field, traced};

fn last(capture: &testing::Capture) -> FinishedOperation {
    capture.operations().pop().unwrap()
}

/// `a=1 b=x`, as they were declared.
fn fields(operation: &FinishedOperation) -> String {
    let fields = operation.fields.iter().map(|(name, value)| format!("{name}={value}"));
    fields.collect::<Vec<_>>().join(" ")
}

#[derive(Debug)]
struct User {
    id: String,
    plan: Option<&'static str>,
}

#[traced(fields(user.id = user.id, user.plan = user.plan, limit, whole = ?user, big = u128::MAX, answer.len = _))]
fn ask(user: User, limit: usize) -> String {
    set_field!(answer.len = user.id.len());
    user.id
}

#[test]
fn fields_are_said_before_and_in_the_body() {
    let capture = testing::capture();
    assert_eq!(ask(User { id: "ann".into(), plan: None }, 3), "ann");
    assert_eq!(
        fields(&last(&capture)),
        format!("user.id=ann limit=3 whole=User {{ id: \"ann\", plan: None }} big={} answer.len=3", u128::MAX)
    );
}
