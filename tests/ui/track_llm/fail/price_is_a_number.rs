use arc_obs::track_llm;

#[track_llm(model = "my-model", price = 3, usage = none)] //~ = 3
fn ask() {}

fn main() {}
