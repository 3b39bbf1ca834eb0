use arc_obs::{set_field, traced};

#[traced(fields(a = _))]
fn ask() {
    set_field!(); //~ set_field!()
    set_field!(a); //~ set_field!(a)
    set_field!("a" = 3); //~ set_field!("a"
    set_field!(a: 3); //~ set_field!(a:
}

fn main() {
    ask();
}
