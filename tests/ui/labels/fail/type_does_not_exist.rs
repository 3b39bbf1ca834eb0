arc_obs::labels! {
    tier: Tier, //~ Tier
}

fn main() {}
