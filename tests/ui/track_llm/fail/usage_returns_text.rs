use arc_obs::track_llm;

struct Reply {
    text: String,
}

#[track_llm(model = "gpt-4o", usage = |reply| reply.text.clone())] //~ |reply|
fn ask() -> Reply {
    Reply { text: String::new() }
}

fn main() {
    ask();
}
