use arc_obs::traced;

async fn price() -> f64 {
    0.5
}

#[traced(cost = price().await)] //~ await
async fn load() {}

fn main() {
    drop(load());
}
