#[arc_obs::metrics()] //~ #[arc_obs
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders();
}

fn main() {}
