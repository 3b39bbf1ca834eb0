use arc_obs::traced;

#[traced(name = "load\n")] //~ "load
fn load() {}

fn main() {}
