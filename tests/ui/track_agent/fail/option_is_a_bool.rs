use arc_obs::track_agent;

#[track_agent("researcher", kind = true)] //~ true
fn research() {}

fn main() {}
