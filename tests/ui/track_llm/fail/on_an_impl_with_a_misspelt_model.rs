use arc_obs::track_llm;

struct Client;

#[track_llm(model = "gtp-4o", usage = none)] //~ "gtp-4o"
impl Client {
    fn ask(&self) {}

    fn ask_again(&self) {}
}

fn main() {
    Client.ask();
    Client.ask_again();
}
