use std::rc::Rc;

use arc_obs::track_llm;

#[track_llm(model = "gpt-4o", usage = none)]
async fn ask() -> usize {
    let local = Rc::new(1);
    std::future::ready(()).await;
    *local
}

fn needs_send<T: Send>(_: T) {}

fn main() {
    needs_send(ask()); //~ ask()
}
