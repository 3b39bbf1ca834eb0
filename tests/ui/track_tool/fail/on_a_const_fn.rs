use arc_obs::track_tool;

#[track_tool("search")]
pub const fn search() -> usize { //~ const
    1
}

const FOUND: usize = search();

fn main() {
    assert_eq!(FOUND, 1);
}
