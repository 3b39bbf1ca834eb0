#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    #[gauge] //~ gauge
    pub fn orders();
}

fn main() {}
