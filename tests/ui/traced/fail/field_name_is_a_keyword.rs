use arc_obs::traced;

#[traced(fields(self = 1, user.crate = 2, super.id = _, _ = 3))] //~ self //~ user.crate //~ super.id //~ _ = 3
fn load() {}

fn main() {
    load();
}
