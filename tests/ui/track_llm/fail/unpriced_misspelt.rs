use arc_obs::track_llm;

#[track_llm(model = "my-model", unprised, usage = none)] //~ unprised
fn ask() {}

fn main() {}
