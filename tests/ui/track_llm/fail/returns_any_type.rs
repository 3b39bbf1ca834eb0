use arc_obs::track_llm;

#[track_llm(model = "gpt-4o")]
fn ask<T: Clone>(reply: &T) -> T { //~ T {
    reply.clone()
}

fn main() {
    ask(&1);
}
