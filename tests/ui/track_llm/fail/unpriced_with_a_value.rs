use arc_obs::track_llm;

#[track_llm(model = "my-model", unpriced = true, usage = none)] //~ = true
fn ask() {}

fn main() {}
