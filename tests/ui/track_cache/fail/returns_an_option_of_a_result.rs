use arc_obs::track_cache;

#[track_cache("pages")]
fn get() -> Option<Result<String, std::io::Error>> { //~ Option
    None
}

fn main() {
    get();
}
