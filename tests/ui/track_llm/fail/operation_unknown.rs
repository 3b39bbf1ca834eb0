use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", operation = "summarize", usage = none)] //~ "summarize"
fn ask() {}

fn main() {}
