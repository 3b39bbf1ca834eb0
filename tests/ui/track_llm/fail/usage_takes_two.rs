use arc_obs::{Usage, track_llm};

#[track_llm(model = "gpt-4o", usage = |reply, _| Usage::new(1, 2))] //~ |reply, _|
fn ask() {}

fn main() {
    ask();
}
