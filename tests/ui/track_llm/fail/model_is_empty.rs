use arc_obs::track_llm;

#[track_llm(model = "", usage = none)] //~ ""
fn ask() {}

fn main() {}
