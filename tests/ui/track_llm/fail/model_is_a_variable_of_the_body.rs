use arc_obs::track_llm;

#[track_llm(model = model, usage = none)] //~ model, usage
fn ask() -> usize {
    let model = "gpt-4o";
    model.len()
}

fn main() {
    ask();
}
