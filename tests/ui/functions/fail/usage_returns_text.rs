fn main() {
    arc_obs::llm("gpt-4o").run_sync_with(|| 4, |_| "12 tokens"); //~ run_sync_with
}
