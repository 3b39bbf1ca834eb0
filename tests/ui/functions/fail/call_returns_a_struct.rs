struct Reply;

fn main() {
    let answer = || Ok::<_, std::io::Error>(Reply);
    arc_obs::llm("gpt-4o").run_sync(answer).map(drop).unwrap(); //~ run_sync
}
