use arc_obs::track_llm;

#[track_llm(model = "Claude-3-5-Sonet", usage = none)] //~ "Claude
fn ask() {}

fn main() {}
