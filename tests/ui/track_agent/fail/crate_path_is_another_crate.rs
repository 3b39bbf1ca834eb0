use arc_obs::track_agent;

#[track_agent("researcher", crate = std)] //~ std
fn research() {}

fn main() {}
