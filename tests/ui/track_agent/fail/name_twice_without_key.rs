use arc_obs::track_agent;

#[track_agent("researcher", "react")] //~ "react"
fn research() {}

fn main() {}
