use arc_obs::track_llm;

struct Client;

#[track_llm] //~ #[track_llm]
impl Client {
    fn ask(&self) {}

    fn ask_again(&self) {}
}

fn main() {
    Client.ask();
    Client.ask_again();
}
