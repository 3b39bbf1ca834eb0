use arc_obs::track_tool;

#[track_tool("scan", cost = prices::SCAN)] //~ prices
fn scan() {}

fn main() {
    scan();
}
