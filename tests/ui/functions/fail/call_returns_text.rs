fn main() {
    let answer = || Ok::<_, std::io::Error>(String::from("4"));
    arc_obs::llm("gpt-4o").run_sync(answer).unwrap(); //~ run_sync
}
