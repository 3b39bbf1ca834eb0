use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", provider = "", usage = none)] //~ ""
fn ask() {}

fn main() {}
