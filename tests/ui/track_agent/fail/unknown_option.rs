use arc_obs::track_agent;

#[track_agent("researcher", temperature = 0.2)] //~ temperature
fn research() {}

fn main() {}
