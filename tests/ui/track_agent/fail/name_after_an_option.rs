use arc_obs::track_agent;

#[track_agent(kind = "react", "researcher")] //~ "researcher"
fn research() {}

fn main() {}
