use arc_obs::InRange;

arc_obs::labels! {
    attempt: InRange<5, 1>, //~ InRange
}

#[arc_obs::traced(labels(attempt = 1))]
fn fetch() {}

fn main() {}
