use arc_obs::track_cache;

struct Page;

#[track_cache("pages")]
async fn get() -> Page { //~ Page
    Page
}

fn main() {
    drop(get());
}
