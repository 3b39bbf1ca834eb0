#[arc_obs::metrics(prefix = "shop")]
mod shop; //~ mod //~ mod //~ mod

fn main() {}
