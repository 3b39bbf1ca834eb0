#[arc_obs::metrics(prefix = "arc_shop")] //~ "arc_shop"
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders();
}

fn main() {}
