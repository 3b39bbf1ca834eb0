use arc_obs::track_llm;

#[track_llm(model = 5, usage = none)] //~ 5
fn ask() {}

fn main() {}
