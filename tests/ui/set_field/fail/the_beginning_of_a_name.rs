use arc_obs::{set_field, traced};

#[traced(fields(user.id = _))]
fn ask() {
    set_field!(user = 3); //~ set_field!
}

fn main() {
    ask();
}
