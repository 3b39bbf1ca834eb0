arc_obs::labels! {
    tier: bool,
    region: bool,
    tier: bool, //~ tier
}

fn main() {}
