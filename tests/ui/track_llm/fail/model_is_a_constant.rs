use arc_obs::track_llm;

const MODEL: &str = "gpt-4o";

#[track_llm(model = MODEL, usage = none)] //~ MODEL
fn ask() -> &'static str {
    MODEL
}

fn main() {}
