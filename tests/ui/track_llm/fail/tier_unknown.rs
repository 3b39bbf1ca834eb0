use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", tier = "tomorrow", usage = none)] //~ "tomorrow"
fn ask() {}

fn main() {}
