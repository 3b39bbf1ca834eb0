use arc_obs::track_llm;

struct Reply;

#[track_llm(model = "gpt-4o")]
fn ask() -> Reply { //~ Reply
    Reply
}

fn main() {
    ask();
}
