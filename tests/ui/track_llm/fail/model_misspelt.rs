use arc_obs::track_llm;

#[track_llm(modle = "gpt-4o", usage = none)] //~ modle
fn ask() {}

fn main() {}
