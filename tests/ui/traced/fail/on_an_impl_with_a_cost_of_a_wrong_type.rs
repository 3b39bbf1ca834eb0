use arc_obs::traced;

struct Store;

#[traced(cost = "much")] //~ "much" //~ "much"
impl Store {
    fn load(&self) {}

    fn save(&self) {}
}

fn main() {
    Store.load();
    Store.save();
}
