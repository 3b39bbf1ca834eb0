use arc_obs::track_llm;

#[track_llm("gpt-4o", usage = none)] //~ "gpt-4o"
fn ask() {}

fn main() {}
