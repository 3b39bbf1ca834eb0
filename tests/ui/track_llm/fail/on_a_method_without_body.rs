use arc_obs::track_llm;

pub trait Ask {
    #[track_llm(model = "gpt-4o")]
    async fn ask(&self) -> String; //~ ask
}

fn main() {}
