use arc_obs::traced;

#[traced(labels(tier = true))] //~ labels
fn serve() {}

fn main() {}
