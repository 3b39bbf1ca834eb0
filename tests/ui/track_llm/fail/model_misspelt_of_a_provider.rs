use arc_obs::track_llm;

#[track_llm(model = "gemini-2.5-por", provider = "gcp.vertex_ai", usage = none)] //~ "gemini
fn ask() {}

fn main() {}
