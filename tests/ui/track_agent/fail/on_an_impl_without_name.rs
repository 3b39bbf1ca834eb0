use arc_obs::track_agent;

struct Researcher;

#[track_agent] //~ #[track_agent]
impl Researcher {
    fn research(&self) {}

    fn read(&self) {}
}

fn main() {
    Researcher.research();
    Researcher.read();
}
