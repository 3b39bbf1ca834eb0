use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
async fn ask() -> Result<String, std::io::Error> { //~ Result
    Ok(String::new())
}

fn main() {
    drop(ask());
}
