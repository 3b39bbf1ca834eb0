use arc_obs::track_llm;

#[track_llm(model = "m", price(input = 2_000_000, output = 0.0000000001, reasoning = 1e-3), usage = none)] //~ 2_000_000 //~ 0.0000000001 //~ 1e-3
fn ask() {}

fn main() {}
