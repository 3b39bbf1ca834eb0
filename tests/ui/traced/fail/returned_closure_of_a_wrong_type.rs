use arc_obs::traced;

#[traced]
fn adder(n: u32) -> impl Fn(&u32) -> u32 { //~ impl Fn
    move |other: u32| n + other
}

fn main() {
    adder(1)(&2);
}
