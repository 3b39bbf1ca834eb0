#![deny(unused_must_use)]

fn main() {
    arc_obs::agent("researcher").kind("react"); //~ arc_obs::agent
}
