use arc_obs::track_agent;

#[track_agent("researcher", kind = kind)] //~ kind)
fn research(kind: &str) -> usize {
    kind.len()
}

fn main() {
    research("react");
}
