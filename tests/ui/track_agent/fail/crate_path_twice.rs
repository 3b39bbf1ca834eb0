use arc_obs::track_agent;

#[track_agent("researcher", crate = arc_obs, crate = arc_obs)] //~ crate = arc_obs)
fn research() {}

fn main() {}
