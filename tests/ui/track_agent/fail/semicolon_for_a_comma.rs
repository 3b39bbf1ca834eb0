use arc_obs::track_agent;

#[track_agent("researcher"; kind = "react")] //~ ;
fn research() {}

fn main() {}
