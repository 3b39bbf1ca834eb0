use arc_obs::track_llm;

#[track_llm(provider = "openai" model = "gpt-4o", usage = none)] //~ model
fn ask() {}

fn main() {}
