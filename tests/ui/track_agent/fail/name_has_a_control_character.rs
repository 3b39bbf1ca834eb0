use arc_obs::track_agent;

#[track_agent(name = "research\n")] //~ "research
fn research() {}

fn main() {}
