use arc_obs::track_tool;

#[track_tool(nmae = "search")] //~ nmae
fn search() {}

fn main() {}
