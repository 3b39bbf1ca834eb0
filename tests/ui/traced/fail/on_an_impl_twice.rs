use arc_obs::{traced, track_tool};

struct Store;

#[traced]
#[track_tool] //~ track_tool
impl Store {
    fn load(&self) {}
}

fn main() {
    Store.load();
}
