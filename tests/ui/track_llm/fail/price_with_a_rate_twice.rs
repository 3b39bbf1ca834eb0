use arc_obs::track_llm;

#[track_llm(model = "my-model", price(input = 0.2, output = 0.6, input = 0.3), usage = none)] //~ input = 0.3
fn ask() {}

fn main() {}
