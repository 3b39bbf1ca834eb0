use arc_obs::track_agent;

#[track_agent(researcher)] //~ researcher
fn research() {}

fn main() {}
