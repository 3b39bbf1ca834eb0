use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", usage = 5)] //~ 5
fn ask() {}

fn main() {}
