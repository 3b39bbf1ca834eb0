use arc_obs::track_llm;

#[track_llm(model = "my-model", price(inptu = 0.2, output = 0.6, image = 3), usage = none)] //~ inptu //~ image
fn ask() {}

fn main() {}
