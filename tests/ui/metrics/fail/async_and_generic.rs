#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    pub async fn orders(); //~ async

    /// Orders.
    #[gauge]
    pub fn waiting<T>(of: T); //~ <T>
}

fn main() {}
