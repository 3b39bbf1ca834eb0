use arc_obs::track_tool;

fn price(pages: Vec<u8>) -> f64 {
    pages.len() as f64
}

#[track_tool("scan", cost = price(pages))]
fn scan(pages: Vec<u8>) -> usize { //~ scan
    pages.len()
}

fn main() {
    scan(Vec::new());
}
