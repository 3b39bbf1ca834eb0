use arc_obs::track_agent;

#[track_agent(name = "researcher", "planner")] //~ "planner"
fn research() {}

fn main() {}
