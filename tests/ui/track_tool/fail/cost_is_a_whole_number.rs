use arc_obs::track_tool;

#[track_tool("scan", cost = 5)] //~ 5
fn scan() {}

fn main() {
    scan();
}
