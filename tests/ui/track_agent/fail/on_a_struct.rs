use arc_obs::track_agent;

#[track_agent("researcher")]
pub struct Researcher; //~ struct

fn main() {}
