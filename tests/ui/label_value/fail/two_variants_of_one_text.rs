use arc_obs::LabelValue;

#[derive(LabelValue)]
pub enum Tier {
    Free,
    #[label("free")] //~ "free"
    Trial,
    FREE, //~ FREE
}

fn main() {}
