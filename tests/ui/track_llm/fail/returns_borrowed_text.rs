use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
fn ask(prompt: &str) -> &str { //~ &str
    prompt
}

fn main() {
    ask("x");
}
