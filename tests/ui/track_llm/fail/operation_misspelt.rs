use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", operation = "chta", usage = none)] //~ "chta"
fn ask() {}

fn main() {}
