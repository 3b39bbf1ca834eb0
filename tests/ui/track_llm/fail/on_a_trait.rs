use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
pub trait Ask { //~ trait
    fn ask(&self) -> String;
}

fn main() {}
