use arc_obs::track_tool;

#[track_tool(b"search")] //~ b"search"
fn search() {}

fn main() {}
