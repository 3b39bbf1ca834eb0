use arc_obs::track_llm;

#[track_llm(model, usage = none)] //~ model
fn ask() {}

fn main() {}
