use arc_obs::track_agent;

#[track_agent("researcher", kind = "")] //~ ""
fn research() {}

fn main() {}
