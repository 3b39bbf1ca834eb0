use arc_obs::traced;

struct Store;

#[traced(crate = crate::nowhere)] //~ nowhere
impl Store {
    fn load(&self) {}
}

fn main() {
    Store.load();
}
