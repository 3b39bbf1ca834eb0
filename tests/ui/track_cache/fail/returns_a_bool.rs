use arc_obs::track_cache;

#[track_cache("pages")]
fn contains() -> bool { //~ bool
    true
}

fn main() {
    contains();
}
