use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", "openai", usage = none)] //~ "openai"
fn ask() {}

fn main() {}
