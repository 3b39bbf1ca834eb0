use arc_obs::track_cache;

#[track_cache("pages", hit = get().is_empty())] //~ get
fn get() -> String {
    String::new()
}

fn main() {}
