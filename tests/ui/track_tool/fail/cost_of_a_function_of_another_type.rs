use arc_obs::track_tool;

fn price(pages: &u64) -> f64 {
    0.5 * *pages as f64
}

#[track_tool("scan", cost = price)] //~ price
fn scan() -> u32 {
    3
}

fn main() {
    scan();
    price(&1);
}
