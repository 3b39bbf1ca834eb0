use arc_obs::{Usage, track_llm};

#[track_llm(model = "gpt-4o", usage = Usage::new(12, 3))] //~ Usage::new(12, 3)
fn ask() {}

fn main() {
    let _ = Usage::new(1, 2);
}
