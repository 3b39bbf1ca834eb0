use arc_obs::track_cache;

#[track_cache("pages", hit = pages::is_hit)] //~ pages
fn get() -> String {
    String::new()
}

fn main() {
    get();
}
