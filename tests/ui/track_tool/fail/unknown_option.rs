use arc_obs::track_tool;

#[track_tool("search", timeout = 5)] //~ timeout
fn search() {}

fn main() {}
