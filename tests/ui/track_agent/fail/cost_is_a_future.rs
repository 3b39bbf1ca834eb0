use arc_obs::track_agent;

async fn price() -> f64 {
    0.5
}

#[track_agent("researcher", cost = price())] //~ price()
async fn research() {}

fn main() {
    drop(research());
}
