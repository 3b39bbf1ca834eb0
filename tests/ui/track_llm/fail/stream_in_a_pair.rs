use futures::Stream;

#[arc_obs::track_llm(model = "gpt-4o", stream)]
fn ask() -> (u8, impl Stream<Item = serde_json::Value>) { //~ (u8
    (1, futures::stream::empty())
}

fn main() {
    drop(ask());
}
