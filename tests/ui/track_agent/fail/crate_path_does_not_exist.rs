use arc_obs::track_agent;

#[track_agent("researcher", crate = crate::telemetry)] //~ telemetry
fn research() {}

fn main() {}
