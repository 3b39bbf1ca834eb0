use arc_obs::LabelValue;

#[derive(LabelValue)]
#[label(rename_all = "kebap-case")] //~ "kebap
pub enum Tier {
    Free,
}

#[derive(LabelValue)]
#[label(rename_all = "shout")] //~ "shout
pub enum Region {
    Eu,
}

fn main() {}
