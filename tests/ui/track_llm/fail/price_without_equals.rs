use arc_obs::track_llm;

#[track_llm(model = "my-model", price(input: 0.2, output = ), usage = none)] //~ : 0.2 //~ output
fn ask() {}

fn main() {}
