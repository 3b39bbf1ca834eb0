fn main() {
    arc_obs::tool("search").kind("react").run_sync(|| ()); //~ kind
}
