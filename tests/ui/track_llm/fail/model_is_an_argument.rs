use arc_obs::track_llm;

#[track_llm(model = self.model, usage = none)] //~ self.model
fn ask(model: &str) -> usize {
    model.len()
}

fn main() {}
