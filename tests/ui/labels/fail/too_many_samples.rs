use arc_obs::{Capped, InRange, track_agent};

arc_obs::labels! { customer: Capped<100>, attempt: InRange<1, 10> }

#[track_agent("support", labels(customer = customer, attempt = attempt))] //~ labels
fn serve(customer: &str, attempt: u8) {}

#[track_agent("sales", labels(customer = customer))]
fn sell(customer: &str) {}

fn main() {
    serve("", 1);
    sell("");
}
