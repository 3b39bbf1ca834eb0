use arc_obs::track_cache;

#[track_cache("llm", cost = 0.01)] //~ cost
fn get() -> Option<u8> {
    None
}

fn main() {}
