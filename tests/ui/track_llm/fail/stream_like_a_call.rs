use futures::Stream;

#[arc_obs::track_llm(model = "gpt-4o", stream(observed))] //~ (observed)
fn ask() -> impl Stream<Item = serde_json::Value> {
    futures::stream::empty()
}

fn main() {
    drop(ask());
}
