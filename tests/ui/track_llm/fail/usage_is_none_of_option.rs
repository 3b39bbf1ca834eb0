use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", usage = None)] //~ None
fn ask() {}

fn main() {}
