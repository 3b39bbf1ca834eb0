use arc_obs::track_tool;

#[track_tool("search")]
pub static SEARCH: &str = "search"; //~ static

fn main() {}
