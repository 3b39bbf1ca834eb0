use arc_obs::{set_field, traced};

#[traced]
fn ask() {
    set_field!(answer_len = 3); //~ set_field!
}

fn main() {
    ask();
    set_field!(answer_len = 3); //~ set_field!
}
