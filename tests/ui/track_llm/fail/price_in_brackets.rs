use arc_obs::track_llm;

#[track_llm(model = "my-model", price[input = 0.2, output = 0.6], usage = none)] //~ [input
fn ask() {}

fn main() {}
