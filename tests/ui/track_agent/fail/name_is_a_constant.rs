use arc_obs::track_agent;

const RESEARCHER: &str = "researcher";

#[track_agent(RESEARCHER)] //~ RESEARCHER
fn research() -> &'static str {
    RESEARCHER
}

fn main() {}
