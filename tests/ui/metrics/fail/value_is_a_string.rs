#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders(first: bool);
}

fn main() {
    shop::orders("yes".to_string()).inc(); //~ "yes"
}
