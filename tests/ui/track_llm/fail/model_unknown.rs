use arc_obs::track_llm;

#[track_llm(model = "gtp-4o", usage = none)] //~ "gtp-4o"
fn ask() {}

fn main() {}
