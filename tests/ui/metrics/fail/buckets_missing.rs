#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Order values.
    #[histogram] //~ histogram
    pub fn order_value_dollars();

    /// Order values.
    #[histogram(buckets = [])] //~ []
    pub fn refund_value_dollars();

    /// Order values.
    #[histogram(bounds = [1.0])] //~ (bounds
    pub fn gift_value_dollars();
}

fn main() {}
