use std::pin::Pin;
use std::task::{Context, Poll};

use futures::Stream;

struct Answer;

impl Stream for Answer {
    type Item = serde_json::Value;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}

#[arc_obs::track_llm(model = "gpt-4o", stream)]
fn ask() -> Answer { //~ Answer
    Answer
}

fn main() {
    ask();
}
