use arc_obs::track_tool;

#[track_tool("search")]
fn search(query: String) -> usize {
    let words = query.split(" ");
    drop(query); //~ query
    words.count()
}

fn main() {
    search(String::new());
}
