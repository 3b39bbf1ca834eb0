#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    pub fn orders() -> u64; //~ ->
}

fn main() {}
