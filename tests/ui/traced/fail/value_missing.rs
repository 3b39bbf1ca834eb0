use arc_obs::traced;

#[traced]
async fn load() -> String { //~ {
    String::from("a");
}

fn main() {
    drop(load());
}
