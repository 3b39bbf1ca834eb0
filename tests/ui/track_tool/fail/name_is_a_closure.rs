use arc_obs::track_tool;

#[track_tool(name = |query: &str| query.len())] //~ |query: &str|
fn search(query: &str) -> usize {
    query.len()
}

fn main() {
    search("x");
}
