#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    #[counter]
    pub fn orders(); //~ orders

    ///
    #[gauge]
    pub fn queue_length(); //~ queue_length
}

fn main() {}
