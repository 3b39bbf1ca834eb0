use arc_obs::track_cache;

#[track_cache(name = "get\n")] //~ "get
fn get() -> Option<u8> {
    None
}

fn main() {}
