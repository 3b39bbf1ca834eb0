#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    pub fn orders(); //~ orders

    /// Orders that wait.
    #[guage] //~ guage
    pub fn queue_length();
}

fn main() {}
