use arc_obs::traced;

#[traced]
extern crate std as standard; //~ crate

fn main() {
    standard::process::id();
}
