use arc_obs::track_agent;

#[track_agent("researcher", temperature = 0.2, knid = "react")] //~ temperature //~ knid
fn research() {}

fn main() {}
