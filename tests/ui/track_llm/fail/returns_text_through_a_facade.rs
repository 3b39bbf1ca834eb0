use arc_obs::track_llm;

mod facade {
    pub use arc_obs as telemetry;
}

#[track_llm(model = "gpt-4o", crate = crate::facade::telemetry)]
fn ask() -> String { //~ String
    String::new()
}

fn main() {
    ask();
}
