use arc_obs::{InRange, track_agent};

arc_obs::labels! {
    /// How often it was tried.
    attempt: InRange<1, 9>,
}

#[track_agent(name = name, labels(attempt = attempt))] //~ labels
fn serve(name: &str, attempt: u64) -> usize {
    name.len()
}

fn main() {
    serve("a", 1);
}
