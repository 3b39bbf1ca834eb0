use arc_obs::track_agent;

#[track_agent("researcher", kind("react"))] //~ ("react")
fn research() {}

fn main() {}
