use arc_obs::LabelValue;

#[derive(LabelValue)]
pub enum Tier {
    Free,
    Paid(u32), //~ (u32)
    Custom { name: String }, //~ { name
}

fn main() {}
