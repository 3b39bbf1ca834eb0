use arc_obs::track_agent;

#[track_agent("researcher", kind = "react", kind = "plan_and_execute")] //~ kind = "plan
fn research() {}

fn main() {}
