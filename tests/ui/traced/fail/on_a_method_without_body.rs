use arc_obs::traced;

trait Load {
    #[traced]
    fn load(&self); //~ load
}

struct File;

impl Load for File {
    fn load(&self) {}
}

fn main() {
    File.load();
}
