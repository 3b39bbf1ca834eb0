use arc_obs::{set_field, traced};

struct Plain;

#[traced(fields(plain = _, shown = _))]
fn ask() {
    set_field!(plain = Plain); //~ set_field!
    set_field!(plain = ?Plain); //~ set_field!
    set_field!(shown = %vec![1]); //~ set_field!
}

fn main() {
    ask();
}
