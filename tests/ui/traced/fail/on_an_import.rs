use arc_obs::traced;

#[traced]
use std::fs; //~ use

fn main() {
    let _ = fs::read("x");
}
