use arc_obs::{Usage, track_llm};

struct Reply;

struct Draft;

fn tokens_of(_: &Draft) -> Usage {
    Usage::new(1, 2)
}

#[track_llm(model = "gpt-4o", usage = tokens_of)] //~ tokens_of
fn ask() -> Reply {
    Reply
}

fn main() {
    ask();
}
