use arc_obs::traced;

#[traced]
fn later(n: u32) -> impl Future<Output = u32> { //~ impl Future //~ impl Future
    async move { n.to_string() }
}

fn main() {
    drop(later(1));
}
