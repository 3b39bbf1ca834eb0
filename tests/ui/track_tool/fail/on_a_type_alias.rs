use arc_obs::track_tool;

#[track_tool("search")]
pub type Search = fn(&str) -> usize; //~ type

fn main() {}
