use arc_obs::{track_agent, traced, track_llm, track_tool};

#[track_tool("search", cost = -1.0)] //~ -1.0
fn search() {}

#[track_agent("researcher", cost = -(1))] //~ -(1)
fn research() {}

#[track_llm(model = "gpt-4o", cost = (-0.5), usage = none)] //~ (-0.5)
fn ask() {}

#[traced(cost = -1e-3)] //~ -1e-3
fn load() {}

fn main() {}
