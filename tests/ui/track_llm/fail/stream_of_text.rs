use futures::Stream;

#[arc_obs::track_llm(model = "gpt-4o", stream)]
fn ask() -> impl Stream<Item = String> { //~ impl
    futures::stream::iter(["tea".to_owned()])
}

fn main() {
    drop(ask());
}
