use arc_obs::track_tool;

#[track_tool()] //~ #[track_tool()]
fn search() {}

fn main() {}
