use arc_obs::LabelValue;

#[derive(LabelValue)]
pub enum Tier {
    #[label("free")]
    #[label("gratis")] //~ label
    Free,
}

fn main() {}
