use arc_obs::{InRange, track_tool};

arc_obs::labels! {
    #![sample_limit = 100]
    attempt: InRange<1, 10>,
}

#[track_tool("fetch", labels(attempt = attempt))] //~ labels
async fn fetch(attempt: u8) {}

fn main() {}
