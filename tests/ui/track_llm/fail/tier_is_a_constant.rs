use arc_obs::track_llm;

const TIER: &str = "batch";

#[track_llm(model = "gpt-4o", tier = TIER, usage = none)] //~ TIER
fn ask() {}

fn main() {
    let _ = TIER;
}
