#[arc_obs::metrics("shop")] //~ "shop" //~ #[arc_obs
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders();
}

fn main() {}
