use arc_obs::track_agent;

#[track_agent("researcher", name = "planner")] //~ name
fn research() {}

fn main() {}
