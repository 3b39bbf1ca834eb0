use arc_obs::track_agent;

#[track_agent(name = std::env::var("NAME")?)] //~ ?
fn research() -> Result<(), std::env::VarError> {
    Ok(())
}

fn main() {
    let _ = research();
}
