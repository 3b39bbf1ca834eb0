use arc_obs::track_tool;

#[track_tool]
mod search; //~ mod search; //~ mod

fn main() {
    search::run();
}
