async fn load() {}

fn main() {
    arc_obs::operation("load").run_sync(|| load().await); //~ await
}
