#[arc_obs::metrics(prefix = "my-shop")] //~ "my-shop"
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders();
}

fn main() {}
