use arc_obs::track_workflow;

#[track_workflow("daily")]
struct Daily; //~ struct

fn main() {}
