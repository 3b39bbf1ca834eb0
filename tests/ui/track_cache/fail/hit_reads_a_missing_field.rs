use arc_obs::track_cache;

struct Page;

#[track_cache("pages", hit = |page| page.from_cache)] //~ from_cache
fn get() -> Page {
    Page
}

fn main() {
    get();
}
