use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", provider = "acme gateway", usage = none)] //~ "acme
fn ask() {}

fn main() {}
