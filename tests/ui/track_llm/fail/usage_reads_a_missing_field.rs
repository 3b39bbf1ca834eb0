use arc_obs::{Usage, track_llm};

struct Reply {
    input: u64,
}

#[track_llm(model = "gpt-4o", usage = |reply| Usage::new(reply.input, reply.output))] //~ output
fn ask() -> Reply {
    Reply { input: 1 }
}

fn main() {
    ask();
}
