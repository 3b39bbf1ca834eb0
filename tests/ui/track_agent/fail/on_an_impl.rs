use arc_obs::track_agent;

struct Researcher;

#[track_agent("researcher")]
impl Researcher { //~ impl
    fn research(&self) {}
}

fn main() {
    Researcher.research();
}
