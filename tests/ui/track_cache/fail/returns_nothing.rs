use arc_obs::track_cache;

#[track_cache("llm")]
fn get() {} //~ get

fn main() {
    get();
}
