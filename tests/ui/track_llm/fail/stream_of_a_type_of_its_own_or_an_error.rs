use futures::stream::{Empty, empty};

#[arc_obs::track_llm(model = "gpt-4o", stream)]
async fn ask() -> Result<Empty<serde_json::Value>, std::io::Error> { //~ Result
    Ok(empty())
}

fn main() {
    drop(ask());
}
