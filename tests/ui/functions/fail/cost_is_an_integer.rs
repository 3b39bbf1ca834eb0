fn main() {
    arc_obs::tool("search").cost(5_u32).run_sync(|| ()); //~ 5_u32
}
