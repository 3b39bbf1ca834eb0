fn main() {
    let answer = || arc_obs::Usage::new(1, 1); //~ arc_obs::Usage
    arc_obs::llm("gpt-4o").run_sync(answer);
}
