use arc_obs::LabelValue;

#[derive(LabelValue)]
pub enum Tier<T> { //~ <T>
    Free(T),
}

fn main() {}
