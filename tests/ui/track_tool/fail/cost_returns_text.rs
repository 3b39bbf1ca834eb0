use arc_obs::track_tool;

#[track_tool("scan", cost = |pages| pages.to_string())] //~ |pages|
fn scan(pages: u32) -> u32 {
    pages
}

fn main() {
    scan(1);
}
