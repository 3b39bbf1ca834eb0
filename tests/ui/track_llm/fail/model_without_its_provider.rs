use arc_obs::track_llm;

#[track_llm(model = "text-embedding-3-small", usage = none)] //~ "text
fn embed() {}

#[track_llm(model = "llama-3.3-70b-versatile", usage = none)] //~ "llama
fn ask() {}

fn main() {}
