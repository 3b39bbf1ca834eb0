use arc_obs::track_tool;

#[track_tool(format!("search {_index}"))] //~ format!
fn search(_index: u32) {}

fn main() {
    search(1);
}
