use arc_obs::track_cache;

#[track_cache(name = drop(name))] //~ drop(name)
fn get(name: String) -> Option<String> {
    Some(name)
}

fn main() {
    get(String::new());
}
