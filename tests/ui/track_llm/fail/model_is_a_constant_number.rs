use arc_obs::track_llm;

const MODEL: u32 = 4;

#[track_llm(model = MODEL, usage = none)] //~ MODEL
fn ask() -> u32 {
    MODEL
}

fn main() {
    ask();
}
