use std::future::Future;

use arc_obs::traced;

#[traced]
fn load() -> impl Future<Output = String> {
    async { 1 } //~ 1
}

fn main() {
    drop(load());
}
