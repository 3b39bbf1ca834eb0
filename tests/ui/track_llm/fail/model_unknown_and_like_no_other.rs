use arc_obs::track_llm;

#[track_llm(model = "my-fine-tuned-model", usage = none)] //~ "my-fine
fn ask() {}

fn main() {}
