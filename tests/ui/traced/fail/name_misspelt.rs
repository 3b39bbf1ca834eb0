use arc_obs::traced;

#[traced(nam = "load")] //~ nam
fn load() {}

fn main() {}
