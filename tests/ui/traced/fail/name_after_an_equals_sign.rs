use arc_obs::traced;

#[traced = "load"] //~ = "load"
fn load() {}

fn main() {}
