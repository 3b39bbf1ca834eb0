use arc_obs::LabelValue;

#[derive(LabelValue)]
pub enum Tier {
    #[label("")] //~ ""
    Free,
    #[label("a\nb")] //~ "a
    Paid,
}

fn main() {}
