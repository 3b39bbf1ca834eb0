arc_obs::labels! {
    tier, //~ tier
    region: , //~ :
    stage = bool, //~ = bool
}

fn main() {}
