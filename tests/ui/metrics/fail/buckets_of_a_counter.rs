#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter(buckets = [1.0])] //~ (buckets
    pub fn orders();
}

fn main() {}
