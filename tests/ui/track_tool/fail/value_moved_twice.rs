use arc_obs::track_tool;

#[track_tool("search")]
async fn search(query: String) -> usize {
    drop(query);
    query.len() //~ query
}

fn main() {
    drop(search(String::new()));
}
