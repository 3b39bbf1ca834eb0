use arc_obs::track_tool;

#[track_tool("scan", cost = 0.5, cost = 0.6)] //~ cost = 0.6
fn scan() {}

fn main() {}
