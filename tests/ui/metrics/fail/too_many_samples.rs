#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    use arc_obs::{Capped, InRange};

    /// Time.
    #[histogram]
    pub fn checkout_seconds(customer: Capped<200>, attempt: InRange<1, 10>); //~ checkout_seconds
}

fn main() {}
