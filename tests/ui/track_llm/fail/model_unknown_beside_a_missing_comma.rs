use arc_obs::track_llm;

#[track_llm(model = "my-model" unpriced, usage = none)] //~ unpriced
fn ask() {}

fn main() {}
