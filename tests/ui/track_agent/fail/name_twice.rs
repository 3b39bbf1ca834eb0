use arc_obs::track_agent;

#[track_agent("researcher", name = "planner")] //~ name = "planner"
fn research() {}

fn main() {}
