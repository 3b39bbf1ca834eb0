use arc_obs::{set_field, track_agent};

#[track_agent("planner", colour = "blue", fields(status = 1, steps = _, wrong = Wrong))] //~ colour //~ status //~ Wrong
fn plan() {
    set_field!(steps = 1);
}

struct Wrong;

fn main() {
    plan();
}
