#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders() {} //~ {}
}

fn main() {}
