use arc_obs::track_cache;

#[track_cache] //~ #[track_cache]
fn get() -> Option<u8> {
    None
}

fn main() {}
