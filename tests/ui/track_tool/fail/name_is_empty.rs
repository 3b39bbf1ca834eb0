use arc_obs::track_tool;

#[track_tool(name = "")] //~ ""
fn search() {}

fn main() {}
