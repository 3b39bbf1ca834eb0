use arc_obs::{ObservedStream, observe_stream};
use futures::stream::{Empty, empty};

#[arc_obs::track_llm(model = "gpt-4o", stream = "observed")] //~ "observed"
fn ask() -> ObservedStream<Empty<serde_json::Value>> {
    observe_stream(empty())
}

fn main() {
    drop(ask());
}
