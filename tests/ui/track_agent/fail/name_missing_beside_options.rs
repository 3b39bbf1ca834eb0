use arc_obs::track_agent;

#[track_agent(kind = "react")] //~ #[track_agent(
fn research() {}

fn main() {}
