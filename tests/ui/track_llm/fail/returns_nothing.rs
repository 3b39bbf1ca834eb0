use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
async fn ask() {} //~ ask

fn main() {
    drop(ask());
}
