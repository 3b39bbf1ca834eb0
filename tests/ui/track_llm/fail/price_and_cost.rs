use arc_obs::track_llm;

#[track_llm(model = "my-model", price(input = 0.2, output = 0.6), cost = 0.5, usage = none)] //~ price
fn ask() {}

fn main() {}
