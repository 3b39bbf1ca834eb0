struct Failure;

async fn work() -> Result<(), Failure> {
    Err(Failure)
}

fn main() {
    let _ = arc_obs::agent("researcher").run(work()); //~ work()
}
