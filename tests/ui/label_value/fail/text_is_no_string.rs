use arc_obs::LabelValue;

#[derive(LabelValue)]
pub enum Tier {
    #[label(free)] //~ free
    Free,
    #[label = "paid"] //~ = "paid"
    Paid,
    #[label("a", "b")] //~ "a", "b"
    Custom,
}

fn main() {}
