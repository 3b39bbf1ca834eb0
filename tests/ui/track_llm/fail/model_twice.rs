use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", model = "gpt-4o-mini", usage = none)] //~ model = "gpt-4o-mini"
fn ask() {}

fn main() {}
