use arc_obs::track_tool;

const PRICE: u32 = 5;

#[track_tool("scan", cost = PRICE)] //~ PRICE
fn scan() {}

fn main() {
    scan();
}
