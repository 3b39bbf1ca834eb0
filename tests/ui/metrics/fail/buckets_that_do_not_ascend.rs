#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Order values.
    #[histogram(buckets = [1.0, 10.0, 10.0])] //~ 10.0])
    pub fn order_value_dollars();

    /// Order values.
    #[histogram(buckets = [1.0, LARGEST])] //~ LARGEST
    pub fn refund_value_dollars();
}

fn main() {}
