use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", usage = tokens_of)] //~ tokens_of
fn ask() {}

fn main() {
    ask();
}
