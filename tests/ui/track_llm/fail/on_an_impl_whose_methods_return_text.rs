use arc_obs::track_llm;

struct Client;

#[track_llm(model = "gpt-4o")]
impl Client {
    async fn ask(&self) -> String { //~ String
        String::new()
    }

    #[arc_obs::skip]
    fn name(&self) -> String {
        String::new()
    }
}

fn main() {
    drop(Client.ask());
    Client.name();
}
