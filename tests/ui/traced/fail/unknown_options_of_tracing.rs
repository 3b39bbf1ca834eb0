use arc_obs::traced;

#[traced(level = "debug", skip(path))] //~ level //~ skip
fn load(path: &str) -> usize {
    path.len()
}

fn main() {
    load("x");
}
