struct Page;

fn main() {
    arc_obs::tool("fetch").run_sync(|| Page); //~ run_sync
}
