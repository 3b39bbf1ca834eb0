use arc_obs::{LabelValue, traced};

#[derive(Clone, Copy, LabelValue)]
pub enum Tier {
    Free,
    Paid,
}

#[derive(Clone, Copy, LabelValue)]
pub enum Region {
    Eu,
    Us,
}

arc_obs::labels! { tier: Tier, region: Region }

pub struct Customer {
    tiers: Vec<Tier>,
}

#[traced(labels(tier = customer.tiers.into_iter().next().unwrap_or(Tier::Free)))]
fn serve(customer: Customer) -> usize { //~ serve
    customer.tiers.len()
}

fn main() {
    let _ = (Tier::Free, Tier::Paid, Region::Eu, Region::Us);
}
