#[arc_obs::track_llm(model = "gpt-4o", chunks = summed)] //~ summed
fn ask() -> serde_json::Value {
    serde_json::json!({})
}

fn main() {
    ask();
}
