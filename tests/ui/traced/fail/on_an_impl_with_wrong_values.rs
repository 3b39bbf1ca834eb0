use arc_obs::traced;

struct Store;

#[traced]
impl Store {
    fn load(&self) -> String {
        1 //~ 1
    }

    async fn save(&self) -> u32 {
        missing //~ missing
    }
}

fn main() {
    Store.load();
    drop(Store.save());
}
