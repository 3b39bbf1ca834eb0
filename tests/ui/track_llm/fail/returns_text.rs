use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
fn ask() -> String { //~ String
    String::new()
}

fn main() {
    ask();
}
