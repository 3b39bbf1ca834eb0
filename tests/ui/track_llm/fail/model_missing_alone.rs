use arc_obs::track_llm;

#[track_llm] //~ #[track_llm]
fn ask() -> String {
    String::new()
}

fn main() {}
