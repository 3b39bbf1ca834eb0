use arc_obs::{Usage, track_llm};

#[track_llm(model = "gpt-4o", usge = |reply, _| Usage::new(1, 2))] //~ usge
fn ask() {}

fn main() {
    let _ = Usage::new(1, 2);
}
