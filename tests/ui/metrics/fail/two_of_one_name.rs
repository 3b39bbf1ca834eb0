#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders();

    /// Orders again.
    #[counter]
    pub fn orders_total(); //~ orders_total
}

fn main() {}
