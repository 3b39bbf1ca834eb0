use arc_obs::track_tool;

#[track_tool("search")]
pub const SEARCH: &str = "search"; //~ const

fn main() {}
