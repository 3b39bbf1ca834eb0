use arc_obs::traced;

#[traced]
macro_rules! make { //~ macro_rules
    () => {};
}

fn main() {
    make!();
}
