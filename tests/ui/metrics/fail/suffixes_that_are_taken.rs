#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders_count(); //~ orders_count

    /// Orders.
    #[gauge]
    pub fn orders_sum(); //~ orders_sum

    /// Orders.
    #[gauge]
    pub fn orders_total(); //~ orders_total

    /// Orders.
    #[histogram(buckets = [1])]
    pub fn orders_bucket(); //~ orders_bucket
}

fn main() {}
