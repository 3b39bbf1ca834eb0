use arc_obs::track_tool;

#[track_tool("search")] //~ "search"
mod search {
    pub fn run() {}

    pub async fn wait() {}
}

fn main() {
    search::run();
    drop(search::wait());
}
