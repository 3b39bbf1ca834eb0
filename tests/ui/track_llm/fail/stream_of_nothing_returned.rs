#[arc_obs::track_llm(model = "gpt-4o", stream)] //~ stream
fn ask() {}

fn main() {
    ask();
}
