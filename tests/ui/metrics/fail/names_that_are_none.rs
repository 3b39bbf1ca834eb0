#[arc_obs::metrics(prefix = "shop")]
pub mod shop {
    /// Orders.
    #[counter]
    pub fn placedOrders(); //~ placedOrders

    /// Orders.
    #[counter]
    pub fn größe(); //~ größe

    /// Orders.
    #[counter]
    pub fn order_counter(); //~ order_counter

    /// Orders.
    #[counter]
    pub fn shop_orders(); //~ shop_orders
}

fn main() {}
