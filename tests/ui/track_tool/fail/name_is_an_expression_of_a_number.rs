use arc_obs::track_tool;

#[track_tool(name = index + 1)] //~ index + 1)
fn search(index: u32) -> u32 {
    index
}

fn main() {
    search(1);
}
