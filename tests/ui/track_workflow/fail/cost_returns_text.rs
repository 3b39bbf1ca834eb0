use arc_obs::track_workflow;

#[track_workflow("daily", cost = |pages| pages.to_string())] //~ |pages|
fn daily(pages: u32) -> u32 {
    pages
}

fn main() {
    daily(1);
}
