use arc_obs::{ObservedStream, observe_stream};
use futures::stream::{Iter, iter};

struct Token(&'static str);

#[arc_obs::track_llm(model = "gpt-4o", stream = observed)]
fn ask() -> ObservedStream<Iter<std::array::IntoIter<Token, 1>>> {
    observe_stream(iter([Token("tea")])) //~ iter
}

fn main() {
    drop(ask());
}
