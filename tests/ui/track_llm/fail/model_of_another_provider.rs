use arc_obs::track_llm;

#[track_llm(model = "claude-3-haiku", provider = "openai", usage = none)] //~ "claude-3-haiku"
fn ask() {}

fn main() {}
