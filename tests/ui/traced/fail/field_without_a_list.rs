use arc_obs::{track_agent, traced};

#[traced(fields)] //~ fields
fn flag() {}

#[traced(fields = limit)] //~ = limit
fn value(limit: usize) -> usize {
    limit
}

#[track_agent("planner", fields())] //~ fields
fn empty() {}

#[track_agent("planner", on_success = |n| n)] //~ = |n|
fn result() {}

fn main() {
    flag();
    value(1);
    empty();
    result();
}
