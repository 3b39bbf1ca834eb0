use arc_obs::track_cache;

#[track_cache("pages", hit = true)] //~ true
fn get() -> String {
    String::new()
}

fn main() {}
