#[arc_obs::metrics(prefix = shop)] //~ shop
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders();
}

fn main() {}
