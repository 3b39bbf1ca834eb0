use arc_obs::track_agent;

#[track_agent("researcher", kind = )] //~ kind
fn research() {}

fn main() {}
