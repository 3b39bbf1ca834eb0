use arc_obs::LabelValue;

#[derive(LabelValue)]
pub enum Tier {} //~ Tier

fn main() {}
