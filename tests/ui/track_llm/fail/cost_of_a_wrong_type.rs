use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", usage = none, cost = "0.5")] //~ "0.5"
async fn ask() {}

fn main() {
    drop(ask());
}
