use arc_obs::track_agent;

#[track_agent("researcher", knd = "react")] //~ knd
fn research() {}

fn main() {}
