use arc_obs::track_tool;

#[track_tool(name = "search\n")] //~ "search
fn search() {}

fn main() {}
