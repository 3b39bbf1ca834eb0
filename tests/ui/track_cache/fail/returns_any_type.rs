use arc_obs::track_cache;

#[track_cache("pages")]
fn get<T>(value: T) -> T { //~ T
    value
}

fn main() {
    get(1);
}
