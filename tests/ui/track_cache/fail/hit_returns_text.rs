use arc_obs::track_cache;

#[track_cache("pages", hit = |page| page.clone())] //~ |page|
fn get() -> String {
    String::new()
}

fn main() {
    get();
}
