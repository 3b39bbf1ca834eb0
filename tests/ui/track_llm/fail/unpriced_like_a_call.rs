use arc_obs::track_llm;

#[track_llm(model = "my-model", unpriced("x"), usage = none)] //~ ("x")
fn ask() {}

fn main() {}
