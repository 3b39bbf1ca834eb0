use futures::Stream;

fn cost<T>(_: &T) -> f64 {
    0.01
}

#[arc_obs::track_llm(model = "gpt-4o", stream, cost = cost::<u8>)] //~ cost::
fn ask() -> impl Stream<Item = serde_json::Value> {
    futures::stream::empty()
}

fn main() {
    drop(ask());
}
