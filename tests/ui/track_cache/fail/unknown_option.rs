use arc_obs::track_cache;

#[track_cache("llm", hits = |found| found.is_some())] //~ hits
fn get() -> Option<u8> {
    None
}

fn main() {}
