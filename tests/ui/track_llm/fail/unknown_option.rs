use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", temperature = 0.2, usage = none)] //~ temperature
fn ask() {}

fn main() {}
