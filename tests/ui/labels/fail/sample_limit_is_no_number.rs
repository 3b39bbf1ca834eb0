arc_obs::labels! {
    #![sample_limit = "many"] //~ "many"
    tier: bool,
}

mod other {
    arc_obs::labels! {
        #![sample_limit = 100_000_000] //~ 100_000_000
        tier: bool,
    }
}

fn main() {}
