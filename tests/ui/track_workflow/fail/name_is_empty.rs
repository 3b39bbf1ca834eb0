use arc_obs::track_workflow;

#[track_workflow("")] //~ ""
fn daily() {}

fn main() {}
