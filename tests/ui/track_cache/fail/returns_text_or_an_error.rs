use arc_obs::track_cache;

#[track_cache("pages")]
fn get() -> Result<String, std::io::Error> { //~ Result
    Ok(String::new())
}

fn main() {
    let _ = get();
}
