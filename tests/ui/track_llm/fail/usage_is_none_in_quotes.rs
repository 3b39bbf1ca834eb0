use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", usage = "none")] //~ "none"
fn ask() {}

fn main() {}
