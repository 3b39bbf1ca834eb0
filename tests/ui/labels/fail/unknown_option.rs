arc_obs::labels! {
    #![sample_limt = 20_000] //~ sample_limt
    tier: bool,
}

fn main() {}
