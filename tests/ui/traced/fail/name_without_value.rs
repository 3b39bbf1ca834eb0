use arc_obs::traced;

#[traced(name)] //~ name
fn load() {}

fn main() {}
