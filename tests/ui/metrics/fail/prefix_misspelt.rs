#[arc_obs::metrics(prefx = "shop")] //~ prefx
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders();
}

fn main() {}
