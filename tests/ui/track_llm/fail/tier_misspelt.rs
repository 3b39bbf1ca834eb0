use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", tier = "bacth", usage = none)] //~ "bacth"
fn ask() {}

fn main() {}
