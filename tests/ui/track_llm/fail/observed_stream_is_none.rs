#[arc_obs::track_llm(model = "gpt-4o", stream = observed)]
fn ask() -> serde_json::Value {
    drop(arc_obs::observe_stream(1)); //~ 1 //~ arc_obs //~ drop
    serde_json::json!({})
}

fn main() {
    ask();
}
