use arc_obs::traced;

#[traced]
async fn load(path: &str) -> usize {
    pth.len() //~ pth
}

fn main() {
    drop(load("x"));
}
