use futures::Stream;

struct Token(&'static str);

#[arc_obs::track_llm(model = "gpt-4o", stream)]
fn ask() -> impl Stream<Item = Token> { //~ impl
    futures::stream::iter([Token("tea")])
}

fn main() {
    drop(ask());
}
