use arc_obs::track_llm;

#[track_llm(model = "mine", price(input = 0.2, output = 0.6), tier = "batch", usage = none)] //~ "batch"
async fn ask() {}

fn main() {}
