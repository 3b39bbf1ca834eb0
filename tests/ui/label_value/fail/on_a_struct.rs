use arc_obs::LabelValue;

#[derive(LabelValue)]
pub struct Tier; //~ struct Tier

fn main() {}
