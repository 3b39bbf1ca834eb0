use arc_obs::track_tool;

#[track_tool("scan", costs = 0.5)] //~ costs
fn scan() {}

fn main() {}
