use arc_obs::track_llm;

#[track_llm(provider = "openai", usage = none)] //~ #[track_llm(
fn ask() {}

fn main() {}
