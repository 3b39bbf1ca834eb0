use arc_obs::traced;

mod names {
    pub const LOAD: &str = "load";
}

#[traced(names::LOAD)] //~ names::LOAD
fn load() -> &'static str {
    names::LOAD
}

fn main() {}
