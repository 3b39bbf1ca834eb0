use arc_obs::track_agent;

#[track_agent("\u{1b}[31mÄäÖöÜüß\0éééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé")] //~ " //~ "
fn research() {}

fn main() {}
