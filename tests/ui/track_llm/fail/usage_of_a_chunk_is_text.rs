use futures::Stream;

#[arc_obs::track_llm(model = "gpt-4o", stream, usage = |chunk| chunk.to_string())] //~ |chunk|
fn ask() -> impl Stream<Item = serde_json::Value> {
    futures::stream::empty()
}

fn main() {
    drop(ask());
}
