#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders(le: bool); //~ le

    /// Orders.
    #[counter]
    pub fn refunds(__x: bool, job: bool); //~ __x //~ job

    /// Orders.
    #[counter]
    pub fn returns(a: bool, a: bool); //~ a: bool)

    /// Orders.
    #[counter]
    pub fn gifts(&self); //~ &self
}

fn main() {}
