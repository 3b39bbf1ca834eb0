use arc_obs::track_agent;

#[track_agent(7)] //~ 7
fn research() {}

fn main() {}
