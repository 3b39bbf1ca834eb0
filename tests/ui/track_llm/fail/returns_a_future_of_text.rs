use std::future::Future;

use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
fn ask() -> impl Future<Output = String> { //~ impl
    async { String::new() }
}

fn main() {
    drop(ask());
}
