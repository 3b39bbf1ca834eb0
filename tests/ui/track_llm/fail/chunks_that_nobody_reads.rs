use futures::Stream;

#[arc_obs::track_llm(model = "gpt-4o", stream, chunks = summed, usage = none)] //~ summed
fn ask() -> impl Stream<Item = serde_json::Value> {
    futures::stream::empty()
}

fn main() {
    drop(ask());
}
