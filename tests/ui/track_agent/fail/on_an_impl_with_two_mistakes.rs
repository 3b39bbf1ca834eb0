use arc_obs::track_agent;

struct Researcher;

#[track_agent("researcher", sort = "react")] //~ sort
impl Researcher {
    const fn research(&self) {} //~ const

    fn read(&self) {}
}

fn main() {
    Researcher.research();
    Researcher.read();
}
