use arc_obs::traced;

#[traced]
fn load() {
    std::future::ready(()).await; //~ await
}

fn main() {
    load();
}
