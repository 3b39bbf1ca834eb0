use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", usage = "recorded")] //~ "recorded"
async fn ask() {}

fn main() {}
