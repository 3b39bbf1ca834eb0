use arc_obs::track_llm;

#[track_llm(model = "m", price(input = 1, output = 1), price(input = 2, output = 2), usage = none)] //~ price(input = 2
fn ask() {}

fn main() {}
