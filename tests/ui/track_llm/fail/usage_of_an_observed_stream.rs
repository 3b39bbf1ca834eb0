use arc_obs::{ObservedStream, observe_stream};
use futures::stream::{Empty, empty};

#[arc_obs::track_llm(model = "gpt-4o", stream = observed, usage = |_| arc_obs::Usage::new(1, 1))] //~ |_|
fn ask() -> ObservedStream<Empty<serde_json::Value>> {
    observe_stream(empty())
}

fn main() {
    drop(ask());
}
