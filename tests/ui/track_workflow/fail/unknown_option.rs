use arc_obs::track_workflow;

#[track_workflow("daily", kind = "react")] //~ kind
fn daily() {}

fn main() {}
