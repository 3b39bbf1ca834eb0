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

#[traced(labels(region = region, tier = region))] //~ region))
fn serve(region: Region) {}

fn main() {
    let _ = (Tier::Free, Tier::Paid, Region::Eu, Region::Us);
}
