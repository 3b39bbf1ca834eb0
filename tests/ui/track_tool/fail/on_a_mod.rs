use arc_obs::track_tool;

#[track_tool("search")]
mod search { //~ mod
    pub fn run() {}
}

fn main() {
    search::run();
}
