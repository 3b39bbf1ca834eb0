use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
fn ask() -> impl Iterator<Item = u8> { //~ impl
    [1].into_iter()
}

fn main() {
    ask();
}
