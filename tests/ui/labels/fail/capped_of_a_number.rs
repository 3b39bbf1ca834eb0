use arc_obs::{Capped, traced};

arc_obs::labels! { customer: Capped<10> }

#[traced(labels(customer = id))] //~ id
fn serve(id: u64) {}

fn main() {}
