use arc_obs::track_agent;

#[track_agent(@researcher)] //~ @
fn research() {}

fn main() {}
