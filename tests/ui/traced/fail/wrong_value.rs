use arc_obs::traced;

#[traced]
fn load() -> String {
    1 //~ 1
}

fn main() {
    load();
}
