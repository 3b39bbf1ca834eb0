use arc_obs::track_cache;

fn is_hit(page: &u32) -> bool {
    *page > 0
}

#[track_cache("pages", hit = is_hit)] //~ is_hit
fn get() -> String {
    String::new()
}

fn main() {
    get();
    is_hit(&1);
}
