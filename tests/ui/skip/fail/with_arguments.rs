use arc_obs::traced;

struct Store;

#[traced]
impl Store {
    #[arc_obs::skip(load)] //~ load
    fn load(&self) {}
}

fn main() {
    Store.load();
}
