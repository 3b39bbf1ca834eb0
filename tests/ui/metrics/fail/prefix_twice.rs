#[arc_obs::metrics(prefix = "shop", prefix = "store")] //~ prefix = "store"
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders();
}

fn main() {}
