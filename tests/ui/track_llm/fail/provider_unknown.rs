use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", provider = "opnai", usage = none)] //~ "opnai"
fn ask() {}

fn main() {}
