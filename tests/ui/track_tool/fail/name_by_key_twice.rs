use arc_obs::track_tool;

#[track_tool(name = "search", name = "find")] //~ name = "find"
fn search() {}

fn main() {}
