#[arc_obs::metrics(prefix = "shop")]
pub mod shop { //~ shop
    pub fn orders() {}
}

fn main() {}
