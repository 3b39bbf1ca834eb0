use arc_obs::track_llm;

struct Client {
    model: Option<String>,
}

impl Client {
    #[track_llm(model = self.model, usage = none)] //~ self.model
    fn ask(&self) {}
}

fn main() {
    Client { model: None }.ask();
}
