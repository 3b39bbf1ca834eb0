use arc_obs::traced;

#[traced("")] //~ ""
fn load() {}

fn main() {}
