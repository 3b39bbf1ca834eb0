fn main() {
    arc_obs::tool("fetch").run_sync_with(|| 404, |code| *code < 400); //~ *code < 400
}
