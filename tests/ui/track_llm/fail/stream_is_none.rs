#[arc_obs::track_llm(model = "gpt-4o", stream)]
fn ask() -> serde_json::Value { //~ serde_json
    serde_json::json!({})
}

fn main() {
    ask();
}
