#![deny(unused_must_use)]

fn main() {
    arc_obs::agent("researcher").run(async {}); //~ arc_obs::agent
}
