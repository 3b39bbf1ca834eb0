use arc_obs::track_tool;

#[track_tool("search")]
fn search(query: &str) -> &str {
    let found = query.to_uppercase();
    &found //~ &found
}

fn main() {
    search("x");
}
