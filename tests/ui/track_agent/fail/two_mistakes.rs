use arc_obs::track_agent;

#[track_agent("", knd = "react")] //~ "" //~ knd
const fn research() {} //~ const

fn main() {}
