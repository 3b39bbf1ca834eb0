fn main() {
    arc_obs::llm(&4).usage_none().run_sync(|| ()); //~ &4
}
