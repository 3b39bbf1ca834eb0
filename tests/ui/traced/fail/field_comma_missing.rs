use arc_obs::traced;

#[traced(fields(a = 1 b = 2, c = 3; d = 4))] //~ b = 2 //~ ; d = 4
fn load() {}

fn main() {
    load();
}
