use arc_obs::track_llm;

async fn choose() -> &'static str {
    "gpt-4o"
}

#[track_llm(model = choose().await, usage = none)] //~ await
async fn ask() {}

fn main() {
    let _ = ask();
}
