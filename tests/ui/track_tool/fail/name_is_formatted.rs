use arc_obs::track_tool;

#[track_tool(name = format!("search"))] //~ format!
fn search() {}

fn main() {}
