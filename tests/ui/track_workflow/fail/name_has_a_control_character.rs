use arc_obs::track_workflow;

#[track_workflow(name = "daily\n")] //~ "daily
fn daily() {}

fn main() {}
