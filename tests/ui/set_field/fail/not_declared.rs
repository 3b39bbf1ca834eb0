use arc_obs::{set_field, traced};

#[traced(fields(answer_len = _, user.id = _))]
fn ask() {
    set_field!(answer_lem = 3); //~ answer_lem
    set_field!(limit = ?3, user.idd = %4); //~ limit //~ idd
}

fn main() {
    ask();
}
