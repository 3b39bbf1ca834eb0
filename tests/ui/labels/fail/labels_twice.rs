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

#[traced(labels(tier = tier), labels(region = Region::Eu))] //~ labels(region
fn serve(tier: Tier) -> Tier {
    tier
}

fn main() {
    let _ = (Tier::Free, Tier::Paid, Region::Eu, Region::Us);
}
