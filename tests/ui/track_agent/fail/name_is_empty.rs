use arc_obs::track_agent;

#[track_agent(" ")] //~ " "
fn research() {}

fn main() {}
