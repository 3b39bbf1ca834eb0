use arc_obs::track_tool;

#[track_tool("scan", cost)] //~ cost
fn scan() {}

fn main() {}
