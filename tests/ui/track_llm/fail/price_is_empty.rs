use arc_obs::track_llm;

#[track_llm(model = "my-model", price(), usage = none)] //~ price //~ price
fn ask() {}

fn main() {}
